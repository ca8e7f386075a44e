//! Linear equations, solved exactly: Gauss, over rationals.

use num_traits::Zero;

use super::ratio::{Ratio, one};

/// Solves `x = b + A x`. Nothing if that has no single solution.
pub fn solve(held: Vec<Vec<Ratio>>, given: Vec<Ratio>) -> Option<Vec<Ratio>> {
    let size = given.len();
    // (1 - A | b)
    let mut rows: Vec<Vec<Ratio>> = held
        .into_iter()
        .zip(given)
        .enumerate()
        .map(|(at, (row, given))| {
            let mut row: Vec<Ratio> = row.into_iter().map(|part| -part).collect();
            if let Some(own) = row.get_mut(at) {
                *own += one();
            }
            row.push(given);
            row
        })
        .collect();
    for at in 0..size {
        let pivot = (at..size)
            .find(|row| rows.get(*row).and_then(|row| row.get(at)).is_some_and(|v| !v.is_zero()))?;
        rows.swap(at, pivot);
        let mut row = std::mem::take(rows.get_mut(at)?);
        let by = row.get(at)?.recip();
        row.iter_mut().skip(at).filter(|value| !value.is_zero()).for_each(|value| *value *= &by);
        for other in rows.iter_mut().filter(|other| !other.is_empty()) {
            let Some(by) = other.get(at).filter(|by| !by.is_zero()).cloned() else { continue };
            for (value, own) in other.iter_mut().zip(&row).skip(at).filter(|(_, own)| !own.is_zero()) {
                *value -= own * &by;
            }
        }
        *rows.get_mut(at)? = row;
    }
    rows.into_iter().map(|mut row| row.pop()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::ownership::ratio::{ratio, zero};

    #[test]
    fn a_ring_is_solved_exactly() {
        // h = a / 2 and a = 1/4 + h / 2, hence h = 1/6.
        let held = vec![vec![zero(), ratio(1, 2)], vec![ratio(1, 2), zero()]];
        assert_eq!(solve(held, vec![zero(), ratio(1, 4)]), Some(vec![ratio(1, 6), ratio(1, 3)]));
        let held = vec![vec![zero(), one()], vec![one(), zero()]];
        assert_eq!(solve(held, vec![zero(), zero()]), None);
    }
}
