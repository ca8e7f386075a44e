//! What the API is held to: each measurement ends in goals, and the run fails where one is missed.

use anyhow::{Result, ensure};

/// One figure, and what it must be.
#[derive(Debug)]
pub struct Goal {
    what: String,
    measured: f64,
    bound: Bound,
}

#[derive(Debug)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Goal {
    /// More is better.
    pub fn at_least(what: impl Into<String>, bound: f64, measured: f64) -> Self {
        Self { what: what.into(), measured, bound: Bound::AtLeast(bound) }
    }

    /// Less is better.
    pub fn at_most(what: impl Into<String>, bound: f64, measured: f64) -> Self {
        Self { what: what.into(), measured, bound: Bound::AtMost(bound) }
    }

    fn held(&self) -> bool {
        match self.bound {
            Bound::AtLeast(bound) => self.measured >= bound,
            Bound::AtMost(bound) => self.measured <= bound,
        }
    }

    fn tell(&self) {
        let (word, bound) = match self.bound {
            Bound::AtLeast(bound) => ("at least", bound),
            Bound::AtMost(bound) => ("at most", bound),
        };
        let verdict = if self.held() { "held" } else { "MISSED" };
        println!("{verdict:<7}{:>8.1}, {word} {bound}: {}", self.measured, self.what);
    }
}

/// Tells them all.
///
/// # Errors
/// Where one is missed.
pub fn tell(goals: &[Goal]) -> Result<()> {
    println!();
    goals.iter().for_each(Goal::tell);
    let missed = goals.iter().filter(|goal| !goal.held()).count();
    ensure!(missed == 0, "{missed} of {} goals missed: is the machine doing something else?", goals.len());
    Ok(())
}
