//! Rights that no test exercises, each with why the chart grants it all the same. Whatever stands here and is exercised, or
//! is granted no longer, fails `make rights` too.

/// A right as it is displayed, and why.
pub const EXCUSED: [(&str, &str); 0] = [];
