//! Least privilege, measured: what roles grant → what was exercised → what is left over.
//!
//! [`atom`] (a role taken apart) → [`granted`] (of both charts, and whose each right is) → [`audit`] (what API servers
//! wrote) → [`ledger`] (right by right, which tests exercised it). What no test can exercise is [`excused`], with the
//! reason. [`withdraw`] takes one right away, where a test installs the charts.

pub mod atom;
pub mod audit;
pub mod excused;
pub mod granted;
pub mod ledger;
mod withdraw;

pub use atom::{Atom, Request, Target};
pub use granted::{Grant, Holder, granted};
pub use ledger::Ledger;
pub use withdraw::{WITHOUT, withdraw};
