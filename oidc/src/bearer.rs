//! The token of an `Authorization` header.

use http::HeaderValue;

use super::{error::TokenError, token::MAX_BYTES};

/// The token of a header of scheme `Bearer` (RFC 6750, 2.1); it is not looked into yet.
///
/// # Errors
/// [`TokenError::Missing`] without a header, [`TokenError::Scheme`] where it holds another scheme or not one token alone,
/// [`TokenError::TooLarge`].
pub fn bearer(header: Option<&HeaderValue>) -> Result<&str, TokenError> {
    const SCHEME: &str = "Bearer ";
    let header = header.ok_or(TokenError::Missing)?;
    if header.len() > SCHEME.len() + MAX_BYTES {
        return Err(TokenError::TooLarge);
    }
    let text = header.to_str().map_err(|_| TokenError::Scheme)?;
    let (scheme, token) = text.split_at_checked(SCHEME.len()).ok_or(TokenError::Scheme)?;
    let one = !token.is_empty() && !token.contains([' ', ',', '\t']);
    if scheme.eq_ignore_ascii_case(SCHEME) && one { Ok(token) } else { Err(TokenError::Scheme) }
}
