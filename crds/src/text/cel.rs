//! CEL that texts are held to: patterns, keys of numbers, codes of countries.

use crate::{country, rule::Told};

/// What is said of a code that is not assigned, in CEL: a reserved one is told with what to write.
pub(super) fn reserved() -> Told {
    let told = |unassigned: &str, of: fn(&country::Reserved) -> &'static str| {
        let known = country::RESERVED
            .iter()
            .map(|reserved| format!("self == '{}' ? '{}' : ", reserved.code, escaped(of(reserved))));
        format!("{}self + ' {}'", known.collect::<String>(), escaped(unassigned))
    };
    Told { en: told(country::UNASSIGNED, |one| one.en), fr: told(country::UNASSIGNED_FR, |one| one.fr) }
}

/// An apostrophe would end CEL's text, and the API server would refuse the whole definition.
fn escaped(text: &str) -> String {
    text.replace('\'', "\\'")
}

/// That a text is of a pattern, in CEL, where a backslash is written twice.
pub(super) fn matches(pattern: &str) -> String {
    format!("self.matches('{}')", pattern.replace('\\', "\\\\"))
}

/// That only a text of a pattern is held to what follows: of another it is said already that it is none.
pub(super) fn once(pattern: &str, holds: &str) -> String {
    format!("!{} || {holds}", matches(pattern))
}

/// ISO 7064, MOD 97-10, over the 20 characters of `self`, letters as two digits: each is worth its value times ten to the
/// number of digits that follow it.
pub(super) fn lei_key() -> String {
    let mut power = 1_u32;
    let powers: Vec<_> = (0..38)
        .map(|_| {
            let now = power;
            power = power * 10 % 97;
            now.to_string()
        })
        .collect();
    let twenty = (0..20).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    format!(
        "[{twenty}].map(i, '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'.indexOf(self.substring(i, i + 1)) * \
         [{}][19 - i + size(self.substring(i + 1).findAll('[A-Z]'))]).sum() % 97 == 1",
        powers.join(",")
    )
}

/// Digits 0 to 8 or 0 to 13 as CEL lists: CEL has no ranges.
pub(super) const NINE: &str = "[0,1,2,3,4,5,6,7,8]";
pub(super) const FOURTEEN: &str = "[0,1,2,3,4,5,6,7,8,9,10,11,12,13]";

/// Luhn over the digits of `self`: those at indexes of parity `odd` are doubled.
pub(super) fn luhn(indexes: &str, odd: u8) -> String {
    format!(
        "{indexes}.map(i, int(self.substring(i, i + 1)) * (i % 2 == {odd} ? 2 : 1))\
         .map(d, d > 9 ? d - 9 : d).sum() % 10 == 0"
    )
}
