//! Kubernetes quantities as whole numbers.

use crate::facts::Resources;
use beffroi_crds::{app::Needs, text::Quantity, workspace::HeldNeeds};

/// Processors in thousandths, rounded up: `500m` is 500, `2` is 2000.
pub fn millis(quantity: &str) -> Option<u64> {
    scaled(quantity, 1000.0)
}

/// Bytes, rounded up: `1Ki` is 1024, `1k` is 1000.
pub fn bytes(quantity: &str) -> Option<u64> {
    scaled(quantity, 1.0)
}

/// What an app's needs come to. A quantity that cannot be read counts as nothing: the API server has
/// already refused those.
pub fn needs(needs: &Needs) -> Resources {
    Resources {
        cpu_millis: millis(&needs.cpu).unwrap_or(0),
        memory_bytes: bytes(&needs.memory).unwrap_or(0),
        storage_bytes: needs.storage.as_ref().and_then(|q| bytes(q)).unwrap_or(0),
    }
}

/// What an app that is held needed, as it was recorded; `None` where that cannot be read.
pub fn held(needs: &HeldNeeds) -> Option<Resources> {
    Some(Resources {
        cpu_millis: millis(&needs.cpu)?,
        memory_bytes: bytes(&needs.memory)?,
        storage_bytes: needs.storage.as_ref().map_or(Some(0), |storage| bytes(storage))?,
    })
}

/// Writes thousandths of a processor.
pub fn cpu(millis: u64) -> Quantity {
    Quantity(if millis.is_multiple_of(1000) { (millis / 1000).to_string() } else { format!("{millis}m") })
}

/// Writes bytes, in the largest binary unit that holds them whole.
pub fn memory(bytes: u64) -> Quantity {
    let units = [("Ti", 1 << 40), ("Gi", 1 << 30), ("Mi", 1 << 20), ("Ki", 1_u64 << 10)];
    let whole = units.iter().find(|(_, size)| bytes >= *size && bytes.is_multiple_of(*size));
    Quantity(whole.map_or_else(|| bytes.to_string(), |(unit, size)| format!("{}{unit}", bytes / size)))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
fn scaled(quantity: &str, scale: f64) -> Option<u64> {
    let split = quantity
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-')))
        .unwrap_or(quantity.len());
    let (number, suffix) = quantity.split_at(split);
    let factor = match suffix {
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "" => 1.0,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1024_f64.powi(2),
        "Gi" => 1024_f64.powi(3),
        "Ti" => 1024_f64.powi(4),
        "Pi" => 1024_f64.powi(5),
        "Ei" => 1024_f64.powi(6),
        exponent => 10_f64.powi(exponent.strip_prefix(['e', 'E'])?.parse().ok()?),
    };
    // Multiplied first: 9m is 9 thousandths, and 9 × 0.001 × 1000 is more than 9.
    let value = (number.parse::<f64>().ok()? * (factor * scale)).ceil();
    (value >= 0.0 && value <= u64::MAX as f64).then_some(value as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_kubernetes_writes() {
        assert_eq!(millis("500m"), Some(500));
        assert_eq!(millis("2"), Some(2000));
        assert_eq!(millis("0.1"), Some(100));
        assert_eq!(bytes("1Ki"), Some(1024));
        assert_eq!(bytes("1.5Gi"), Some(1_610_612_736));
        assert_eq!(bytes("1e3"), Some(1000));
        assert_eq!(bytes("128974848"), Some(128_974_848));
        assert_eq!(bytes("1x"), None);
        assert_eq!(bytes("-1"), None);
        assert_eq!(bytes(""), None);
    }

    #[test]
    fn writes_what_it_reads() {
        for n in [1_u64, 1024, 1536, 1 << 30, 3 << 40] {
            assert_eq!(bytes(&memory(n)), Some(n));
        }
        for n in 0..10_000 {
            assert_eq!(millis(&cpu(n)), Some(n));
        }
        assert_eq!(&*cpu(1500), "1500m");
        assert_eq!(&*cpu(3000), "3");
    }
}
