//! The addresses that events may be posted to.

use std::net::IpAddr;

use reqwest::Url;

use crate::public::is_public;

/// No address is longer.
const LONGEST: usize = 2048;

/// How far events may go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// To the public Internet, by https.
    #[default]
    Public,
    /// Besides, to this very machine, by http or https: for the stack on one machine.
    Loopback,
}

/// An address that events may be posted to, as far as it can be told before connecting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(Url);

/// Why an address is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// It is none.
    #[error(
        "an address as https://hooks.example.com/path is expected, of at most {LONGEST} characters"
    )]
    Unreadable,
    /// It is not https.
    #[error("the address must begin with https")]
    NotHttps,
    /// It carries a name or password, which would be sent to whoever answers.
    #[error("the address must hold no user name and no password")]
    Credentials,
    /// A port of another service.
    #[error("the port must be 443, or one above 1023")]
    Port,
    /// It leads to where only we can go.
    #[error("the address is not one of the public Internet")]
    NotPublic,
}

impl Reach {
    /// What a setting says: `yes` lets events reach this very machine, anything else does not.
    pub fn told(loopback: Option<&str>) -> Self {
        if loopback == Some("yes") { Self::Loopback } else { Self::Public }
    }

    /// Whether a connection may be made to this address.
    pub(crate) fn allows(self, address: IpAddr) -> bool {
        is_public(address) || (self == Self::Loopback && address.is_loopback())
    }
}

impl Address {
    /// Reads an address. The standard for URLs writes every form of an IPv4 address in one way
    /// (`0x7f.1`, `2130706433` and `0177.0.0.1` are all `127.0.0.1`), so that is what is judged; a
    /// name is judged by what it resolves to, when it is connected to.
    ///
    /// # Errors
    /// Why events are not posted there.
    pub fn parse(text: &str, reach: Reach) -> Result<Self, BadAddress> {
        let plain = text.len() <= LONGEST && text.bytes().all(|it| it.is_ascii_graphic());
        let url = Url::parse(text).ok().filter(|_| plain).ok_or(BadAddress::Unreadable)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadAddress::Credentials);
        }
        let host = url.host_str().filter(|it| !it.is_empty()).ok_or(BadAddress::Unreadable)?;
        let literal = literal(host);
        let home = literal.map_or(host == "localhost", |it| it.is_loopback());
        let here = reach == Reach::Loopback && home;
        match url.scheme() {
            "https" => {}
            "http" if here => {}
            _ => return Err(BadAddress::NotHttps),
        }
        if !matches!(url.port(), None | Some(1024..)) {
            return Err(BadAddress::Port);
        }
        if literal.is_some_and(|it| !reach.allows(it)) || (home && !here) {
            return Err(BadAddress::NotPublic);
        }
        Ok(Self(url))
    }

    /// The address as it is connected to.
    pub(crate) fn url(&self) -> Url {
        self.0.clone()
    }
}

/// The address that a host is written as, if it is no name.
fn literal(host: &str) -> Option<IpAddr> {
    let inside = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    inside.unwrap_or(host).trim_end_matches('.').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g44_an_ordinary_address_is_taken() {
        for good in [
            "https://hooks.example.com",
            "https://hooks.example.com/tandem?firm=1",
            "https://hooks.example.com:8443/x",
            "https://93.184.216.34/x",
            "https://[2606:4700:4700::1111]/x",
            "HTTPS://HOOKS.EXAMPLE.COM/",
        ] {
            assert!(Address::parse(good, Reach::Public).is_ok(), "{good}");
        }
    }

    /// One loopback or metadata address in all the ways that lists of such tricks write it.
    #[test]
    fn g44_an_address_of_ours_is_known_however_it_is_written() {
        for host in [
            "127.0.0.1",
            "127.1",
            "127.0.1",
            "2130706433",
            "0x7f000001",
            "0x7f.0.0.1",
            "0x7f.1",
            "017700000001",
            "0177.0.0.1",
            "0177.1",
            "127.0.0.1.",
            "127.0.0.1%2e",
            "0",
            "0.0.0.0",
            "0x0",
            "localhost",
            "LOCALHOST",
            "[::]",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::127.0.0.1]",
            "[64:ff9b::127.0.0.1]",
            "[2002:7f00:1::]",
            "169.254.169.254",
            "2852039166",
            "0xa9fea9fe",
            "0251.0376.0251.0376",
            "[::ffff:a9fe:a9fe]",
            "[fd00:ec2::254]",
            "169.254.170.2",
            "10.0.0.1",
            "192.168.1.1",
            "172.16.0.1",
            "100.100.100.200",
            "%31%32%37.0.0.1",
            "１２７.０.０.１",
            "①②⑦.⓪.⓪.①",
        ] {
            let url = format!("https://{host}/");
            // Those that are not plain characters are refused as such.
            let expected = match host.is_ascii() {
                true => BadAddress::NotPublic,
                false => BadAddress::Unreadable,
            };
            assert_eq!(Address::parse(&url, Reach::Public), Err(expected), "{host}");
        }
    }

    #[test]
    fn g44_what_is_no_address_for_events_is_refused_with_its_reason() {
        let long = format!("https://hooks.example.com/{}", "x".repeat(2048));
        for (bad, why) in [
            ("", BadAddress::Unreadable),
            ("hooks.example.com", BadAddress::Unreadable),
            ("https://", BadAddress::Unreadable),
            ("https://256.256.256.256/", BadAddress::Unreadable),
            ("https://hooks.example.com/a b", BadAddress::Unreadable),
            ("https://hooks.example.com/\r\nx", BadAddress::Unreadable),
            (long.as_str(), BadAddress::Unreadable),
            ("http://hooks.example.com/", BadAddress::NotHttps),
            ("ftp://hooks.example.com/", BadAddress::NotHttps),
            ("gopher://hooks.example.com/", BadAddress::NotHttps),
            ("https://user@hooks.example.com/", BadAddress::Credentials),
            ("https://hooks.example.com:x@10.0.0.1/", BadAddress::Credentials),
            ("https://hooks.example.com:25/", BadAddress::Port),
            ("https://hooks.example.com:80/", BadAddress::Port),
            ("http://127.0.0.1:8080/", BadAddress::NotHttps),
        ] {
            assert_eq!(Address::parse(bad, Reach::Public), Err(why), "{bad}");
        }
    }

    #[test]
    fn g44_only_the_stack_on_one_machine_reaches_itself_and_nothing_else_that_is_private() {
        for good in ["http://127.0.0.1:4000/x", "http://localhost:4000/", "http://[::1]:4000/"] {
            assert!(Address::parse(good, Reach::Loopback).is_ok(), "{good}");
            assert!(Address::parse(good, Reach::Public).is_err(), "{good}");
        }
        for bad in
            ["http://10.0.0.1:4000/", "https://169.254.169.254/", "http://hooks.example.com/"]
        {
            assert!(Address::parse(bad, Reach::Loopback).is_err(), "{bad}");
        }
    }
}
