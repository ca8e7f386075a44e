//! How what is said is written in a language.

use std::fmt;

use beffroi_crds::message::Language;

/// What can be written in each language.
pub trait Draw {
    /// Writes it.
    ///
    /// # Errors
    /// Where the formatter takes no more.
    fn draw(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// Something in a language.
pub struct In<'a, T: ?Sized>(pub Language, pub &'a T);

impl<T: Draw + ?Sized> fmt::Display for In<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.1.draw(self.0, f)
    }
}
