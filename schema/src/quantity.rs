//! Kubernetes quantities, as CEL compares them: a number and what it is counted in.

/// What a quantity comes to; nothing where it is none.
pub fn read(text: &str) -> Option<f64> {
    let split = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '+' | '-')).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let digits = number.strip_prefix(['+', '-']).unwrap_or(number);
    let plain = digits.bytes().all(|c| c.is_ascii_digit() || c == b'.');
    if !plain || !digits.bytes().any(|c| c.is_ascii_digit()) {
        return None;
    }
    Some(number.parse::<f64>().ok()? * factor(unit)?)
}

fn factor(unit: &str) -> Option<f64> {
    Some(match unit {
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
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kubernetes_reads_is_read_and_nothing_else() {
        for (text, value) in
            [("500m", 0.5), ("2", 2.0), ("4Gi", 4_294_967_296.0), ("-1k", -1000.0), ("1e3", 1000.0)]
        {
            assert_eq!(read(text), Some(value), "{text}");
        }
        for wrong in ["", "x", "1x", "Gi", "1.2.3", "--1", ".", "1 Gi", "1gi", "1e", "NaN", "inf", "1Ki2"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
