//! `staff.api`.

use uuid::Uuid;

use crate::element::Element;
use crate::model::{Record, Staff};
use crate::node::Node;
use crate::xpm::values::required;
use crate::xpm::{Desk, Handled, Refusal, Reply, identifier, status_only};

const UNKNOWN: &str = "Invalid staff identifier";

pub(crate) fn route(desk: &mut Desk<'_>, method: &str, path: &[&str]) -> Handled {
    match (method, path) {
        ("GET", ["list"]) => list(desk),
        ("GET", ["get", uuid]) => {
            let staff = known(desk, uuid)?;
            let url = format!("https://practicemanager.xero.com/staff/{}", staff.uuid);
            Ok(Reply::Fields("Get", vec![("WebUrl", Node::text(url)), ("Staff", node(&staff))]))
        }
        ("POST", ["add"]) => add(desk),
        ("PUT", ["update"]) => update(desk),
        ("POST", ["delete"]) => change(desk, "staff.delete", |it| it.deleted = true),
        ("POST", ["enable"]) => change(desk, "staff.enable", |it| it.enabled = true),
        ("POST", ["disable"]) => change(desk, "staff.disable", |it| it.enabled = false),
        ("POST", ["forgottenpassword"]) => change(desk, "staff.forgottenpassword", |_| {}),
        (_, ["list" | "add" | "update" | "delete" | "enable" | "disable"] | ["get", _]) => {
            Err(Refusal::NoSuchMethod)
        }
        _ => Err(Refusal::NoSuchPath),
    }
}

fn known(desk: &Desk<'_>, text: &str) -> Result<Staff, Refusal> {
    let uuid = identifier(text, UNKNOWN)?;
    desk.firm().active_staff(uuid).cloned().ok_or_else(|| Refusal::business(UNKNOWN))
}

fn named(desk: &Desk<'_>, root: &Element) -> Result<Staff, Refusal> {
    known(desk, required(root, "Staff", "UUID")?)
}

fn list(desk: &mut Desk<'_>) -> Handled {
    let with_disabled = desk.state.knobs.list_disabled_staff;
    let mut staff: Vec<&Staff> = desk
        .firm()
        .staff
        .values()
        .filter(|it| !it.deleted && (it.enabled || with_disabled))
        .collect();
    staff.sort_by(|a, b| a.name.cmp(&b.name).then(a.uuid.cmp(&b.uuid)));
    let nodes = staff.into_iter().map(node).collect();
    Ok(Reply::Fields("List", vec![("StaffList", Node::List("Staff", nodes))]))
}

/// The recorded answer to an addition calls itself `Get`.
fn add(desk: &mut Desk<'_>) -> Handled {
    let root = desk.root("Staff")?;
    let mut staff = Staff {
        uuid: Uuid::new_v4(),
        name: required(&root, "Staff", "Name")?.to_owned(),
        email: String::new(),
        phone: String::new(),
        mobile: String::new(),
        address: String::new(),
        payroll_code: String::new(),
        enabled: true,
        deleted: false,
    };
    absorb(&mut staff, &root);
    desk.keep(Record::Staff(staff.clone()));
    desk.effect("staff.add", staff.uuid);
    Ok(Reply::Fields("Get", vec![("Staff", node(&staff))]))
}

fn update(desk: &mut Desk<'_>) -> Handled {
    let root = desk.root("Staff")?;
    let mut staff = named(desk, &root)?;
    absorb(&mut staff, &root);
    desk.keep(Record::Staff(staff.clone()));
    desk.effect("staff.update", staff.uuid);
    Ok(Reply::Fields("Update", vec![("Staff", node(&staff))]))
}

fn change(desk: &mut Desk<'_>, effect: &str, change: impl FnOnce(&mut Staff)) -> Handled {
    let root = desk.root("Staff")?;
    let mut staff = named(desk, &root)?;
    change(&mut staff);
    let uuid = staff.uuid;
    desk.keep(Record::Staff(staff));
    desk.effect(effect, uuid);
    status_only("Update")
}

/// Takes a staff member's elements; absent ones are left alone.
pub(crate) fn absorb(staff: &mut Staff, root: &Element) {
    let Staff { name, email, phone, mobile, address, payroll_code, .. } = staff;
    if let Some(value) = root.filled("Name") {
        value.clone_into(name);
    }
    for (field, element) in [
        (email, "Email"),
        (phone, "Phone"),
        (mobile, "Mobile"),
        (address, "Address"),
        (payroll_code, "PayrollCode"),
    ] {
        if let Some(value) = root.value(element) {
            value.clone_into(field);
        }
    }
}

fn node(staff: &Staff) -> Node {
    Node::Record(vec![
        ("UUID", Node::text(staff.uuid.to_string())),
        ("Name", Node::text(staff.name.as_str())),
        ("Email", Node::text(staff.email.as_str())),
        ("Phone", Node::text(staff.phone.as_str())),
        ("Mobile", Node::text(staff.mobile.as_str())),
        ("Address", Node::text(staff.address.as_str())),
        ("PayrollCode", Node::text(staff.payroll_code.as_str())),
    ])
}
