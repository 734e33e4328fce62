//! The two pages that people see.

use std::fmt::Write as _;

use crate::answer::Parameters;
use crate::identity::authorize::for_practice;
use crate::identity::demo_user;
use crate::state::{State, tenant_id};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;background:#eef2f5;color:#1b2733;margin:0}\
main{max-width:30rem;margin:4rem auto;background:#fff;border-radius:.75rem;padding:2rem;\
box-shadow:0 1px 4px #0002}h1{font-size:1.3rem;margin:0 0 1rem}label{display:block;padding:.5rem;\
border:1px solid #cfd8e0;border-radius:.5rem;margin:.5rem 0}ul{color:#51606e;font-size:.9rem}\
button{font:inherit;padding:.6rem 1.4rem;border-radius:.5rem;border:1px solid #0b6e99;\
background:#0b6e99;color:#fff;cursor:pointer}button[value=deny]{background:#fff;color:#0b6e99}\
small{color:#51606e}";

const CARRIED: [&str; 8] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
];

/// The consent page.
pub(crate) fn consent(state: &State, asked: &Parameters, scopes: &[String]) -> String {
    let user = demo_user();
    let mut form = String::new();
    for name in CARRIED {
        if let Some(value) = asked.get(name) {
            let _ = write!(
                form,
                "<input type=\"hidden\" name=\"{name}\" value=\"{}\">",
                escaped(value)
            );
        }
    }
    let practice = for_practice(scopes);
    if !practice {
        form.push_str("<p>It wants to know who you are, and nothing of your practice.</p>");
    } else if !state.knobs.third_party_addons {
        form.push_str(
            "<p>There is no practice that you may connect: \
             \"Connect third-party add-ons\" is off for you in XPM's staff settings.</p>",
        );
    } else if state.knobs.grant_all_tenants {
        form.push_str("<p>All of your practices will be connected:</p>");
        for name in &state.knobs.tenants {
            let _ = write!(form, "<label>{}</label>", escaped(name));
        }
    } else {
        form.push_str("<p>Choose the practice to connect:</p>");
        for (index, name) in state.knobs.tenants.iter().enumerate() {
            let _ = write!(
                form,
                "<label><input type=\"radio\" name=\"tenant\" value=\"{}\"{}> {}</label>",
                tenant_id(name),
                if index == 0 { " checked" } else { "" },
                escaped(name)
            );
        }
    }
    let scopes: String = scopes.iter().map(|it| format!("<li>{}</li>", escaped(it))).collect();
    page(&format!(
        "<h1>{} wants {}</h1><p>You are signed in as <b>{} {}</b> \
         <small>({})</small>.</p><form method=\"post\" action=\"/identity/connect/consent\">{form}\
         <p>It asks for:</p><ul>{scopes}</ul>\
         <button name=\"decision\" value=\"allow\">Allow access</button> \
         <button name=\"decision\" value=\"deny\">Cancel</button></form>\
         <p><small>This is a simulation of Xero on your own machine.</small></p>",
        escaped(asked.get("client_id").unwrap_or_default()),
        if practice { "access to your practice" } else { "you to sign in" },
        escaped(&user.given_name),
        escaped(&user.family_name),
        escaped(&user.email),
    ))
}

/// What Xero shows when an app asks for what it may not have.
pub(crate) fn refusal(error: &str, detail: &str) -> String {
    page(&format!(
        "<h1>Sorry, something went wrong</h1><p>Error: <b>{error}</b></p><p>{}</p>",
        escaped(detail)
    ))
}

/// What the simulator is and where to look.
pub(crate) fn home(state: &State) -> String {
    let mut practices = String::new();
    for name in &state.knobs.tenants {
        let _ = write!(
            practices,
            "<li>{} <small><code>{}</code></small></li>",
            escaped(name),
            tenant_id(name)
        );
    }
    page(&format!(
        "<h1>Xero Practice Manager, simulated</h1><ul>{practices}</ul>\
         <p><a href=\"/_sim/ledger\">ledger</a> · <a href=\"/_sim/calls\">calls</a> · \
         <a href=\"/_sim/faults\">faults</a> · <a href=\"/_sim/knobs\">knobs</a> · \
         <a href=\"/_sim/limits\">limits</a></p>"
    ))
}

fn page(content: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Xero (simulated)</title>\
         <style>{STYLE}</style></head><body><main>{content}</main></body></html>"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
