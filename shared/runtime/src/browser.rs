//! What browsers are told with every answer, and the cookies they bring back.

use lambda_http::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, HeaderName, REFERRER_POLICY, SET_COOKIE,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use lambda_http::http::{HeaderMap, HeaderValue};

/// On every answer that does not say otherwise itself.
const HEADERS: [(HeaderName, &str); 8] = [
    (CACHE_CONTROL, "no-store"),
    (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (REFERRER_POLICY, "no-referrer"),
    (STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// What a page of ours may load, and from where: everything from our own site, nothing inline. Forms
/// may lead to `forms` beside it, for a browser holds a form's redirects to this as well.
pub fn page_policy(forms: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; form-action 'self' {forms}; frame-ancestors 'none'; base-uri 'none'"
    )
}

/// Sets what every answer carries, where the answer says nothing else itself.
pub fn harden(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

/// A cookie for our whole site and no other, out of reach of scripts.
#[derive(Clone, Copy, Debug)]
pub struct Cookie {
    name: &'static str,
    https: bool,
}

impl Cookie {
    /// Binds a browser to the authorisation that it set out for.
    pub fn errand(https: bool) -> Self {
        Self { name: if https { "__Host-tandem-oauth" } else { "tandem-oauth" }, https }
    }

    /// Stands for a session of the console.
    ///
    /// Browsers take the `__Host-` prefix only with `Secure`, and `Secure` only by https, which is
    /// missing on one's own machine alone.
    pub fn session(https: bool) -> Self {
        Self { name: if https { "__Host-tandem" } else { "tandem" }, https }
    }

    /// Its value, if the browser sent it.
    pub fn read(self, headers: &HeaderMap) -> Option<&str> {
        let headers = headers.get_all(COOKIE).iter().filter_map(|it| it.to_str().ok());
        headers
            .flat_map(|it| it.split(';'))
            .filter_map(|it| it.trim().split_once('='))
            .find_map(|(name, value)| (name == self.name).then_some(value))
    }

    /// Has the browser keep it for so many seconds; without a number, until it is closed.
    pub fn set(self, headers: &mut HeaderMap, value: &str, seconds: Option<u32>) {
        let secure = if self.https { "; Secure" } else { "" };
        let age = seconds.map(|it| format!("; Max-Age={it}")).unwrap_or_default();
        let name = self.name;
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}{secure}");
        // Names and values are made of our own words, so none is ever refused.
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.append(SET_COOKIE, value);
        }
    }

    /// Has the browser forget it.
    pub fn clear(self, headers: &mut HeaderMap) {
        self.set(headers, "", Some(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_for_our_own_host_and_read_by_its_very_name() {
        let mut headers = HeaderMap::new();
        Cookie::session(true).set(&mut headers, "abc", None);
        let set = headers[SET_COOKIE].to_str().unwrap();
        assert_eq!(set, "__Host-tandem=abc; Path=/; HttpOnly; SameSite=Lax; Secure");
        let mut back = HeaderMap::new();
        back.append(COOKIE, HeaderValue::from_static("x__Host-tandem=1; tandem=2"));
        assert_eq!(Cookie::session(true).read(&back), None);
        back.append(COOKIE, HeaderValue::from_static("theme=dark; __Host-tandem=abc"));
        assert_eq!(Cookie::session(true).read(&back), Some("abc"));
        assert_eq!(Cookie::session(false).read(&back), Some("2"));
    }

    #[test]
    fn an_answer_that_says_more_itself_is_left_as_it_is() {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public"));
        harden(&mut headers);
        assert_eq!(headers[CACHE_CONTROL], "public");
        assert_eq!(headers[X_FRAME_OPTIONS], "DENY");
        assert_eq!(headers.len(), HEADERS.len());
    }
}
