//! Functions that Kubernetes adds to CEL, given to the interpreter, so that a rule says the same to us as to the API
//! server.
//!
//! A quantity is its text, and an instant its microseconds: nobody asks more of either than which is the less.

use std::{net::IpAddr, sync::Arc};

use cel::{Context, ExecutionError, Value, extractors::This};
use jiff::Timestamp;
use regex::Regex;

use crate::quantity;

/// Declares them.
pub fn declare(context: &mut Context) -> Result<(), ExecutionError> {
    context
        .add_function("sum", sum)
        .and_then(|()| context.add_function("findAll", find_all))
        .and_then(|()| context.add_function("isQuantity", is_quantity))
        .and_then(|()| context.add_function("quantity", as_quantity))
        .and_then(|()| context.add_function("isLessThan", is_less_than))
        .and_then(|()| context.add_function("isCIDR", is_cidr))
        .and_then(|()| context.add_function("timestamp", timestamp))
        .map_err(|error| ExecutionError::function_error("self", error))
}

/// `sum` of the list library, for numbers.
#[allow(clippy::needless_pass_by_value, reason = "CEL hands values over")]
fn sum(This(list): This<Arc<Vec<Value>>>) -> Result<Value, ExecutionError> {
    let wrong =
        || ExecutionError::function_error("sum", "what is added up is no number, or the sum is too great");
    let mut total = list.first().map_or(Value::Int(0), |first| match first {
        Value::Float(_) => Value::Float(0.0),
        _ => Value::Int(0),
    });
    for item in list.iter() {
        total = match (total, item) {
            (Value::Int(sum), Value::Int(item)) => Value::Int(sum.checked_add(*item).ok_or_else(wrong)?),
            (Value::Float(sum), Value::Float(item)) => Value::Float(sum + item),
            _ => return Err(wrong()),
        };
    }
    Ok(total)
}

/// `findAll` of the regex library.
#[allow(clippy::needless_pass_by_value, reason = "CEL hands values over")]
fn find_all(This(text): This<Arc<String>>, pattern: Arc<String>) -> Result<Value, ExecutionError> {
    let pattern = Regex::new(&pattern).map_err(|error| ExecutionError::function_error("findAll", error))?;
    Ok(pattern.find_iter(&text).map(|found| Value::from(found.as_str())).collect::<Vec<_>>().into())
}

/// `isQuantity` of the quantity library.
#[allow(clippy::needless_pass_by_value, reason = "CEL hands values over")]
fn is_quantity(text: Arc<String>) -> bool {
    quantity::read(&text).is_some()
}

/// `quantity` of the same.
fn as_quantity(text: Arc<String>) -> Result<Arc<String>, ExecutionError> {
    match quantity::read(&text) {
        Some(_) => Ok(text),
        None => Err(ExecutionError::function_error("quantity", "it is no quantity")),
    }
}

/// `isLessThan` of the same.
#[allow(clippy::needless_pass_by_value, reason = "CEL hands values over")]
fn is_less_than(This(one): This<Arc<String>>, other: Arc<String>) -> Result<bool, ExecutionError> {
    let read = |text: &str| {
        quantity::read(text).ok_or_else(|| ExecutionError::function_error("isLessThan", "it is no quantity"))
    };
    Ok(read(&one)? < read(&other)?)
}

/// `isCIDR` of the CIDR library.
#[allow(clippy::needless_pass_by_value, reason = "CEL hands values over")]
fn is_cidr(text: Arc<String>) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    let most = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(address)) if address.to_ipv4_mapped().is_none() => 128,
        _ => return false,
    };
    let written = length.bytes().all(|c| c.is_ascii_digit()) && (length == "0" || !length.starts_with('0'));
    written && length.parse::<u8>().is_ok_and(|length| length <= most)
}

/// `timestamp` of CEL itself.
#[allow(clippy::needless_pass_by_value, reason = "CEL hands values over")]
fn timestamp(text: Arc<String>) -> Result<i64, ExecutionError> {
    instant(&text).ok_or_else(|| ExecutionError::function_error("timestamp", "it is no instant"))
}

/// An instant as CEL sees it here.
pub fn instant(text: &str) -> Option<i64> {
    Some(text.parse::<Timestamp>().ok()?.as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_addresses_are_told_from_others() {
        for (text, right) in [
            ("192.0.2.0/24", true),
            ("2001:db8::/32", true),
            ("0.0.0.0/0", true),
            ("192.0.2.0/33", false),
            ("192.0.2.0/024", false),
            ("192.0.2.0", false),
            ("::ffff:192.0.2.0/100", false),
            ("fe80::1%eth0/64", false),
            ("a/8", false),
            ("10.0.0.0/", false),
        ] {
            assert_eq!(is_cidr(Arc::new(text.to_owned())), right, "{text}");
        }
    }
}
