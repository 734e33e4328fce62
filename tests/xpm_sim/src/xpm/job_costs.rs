//! The costs of jobs. They can be added and changed, but not deleted.

use uuid::Uuid;

use crate::element::Element;
use crate::model::{Job, JobCost, Record};
use crate::node::Node;
use crate::xpm::values::{midnight, required, truth, written_date, written_decimal};
use crate::xpm::{Desk, Handled, Refusal, Reply, custom, identifier, jobs};

const UNKNOWN: &str = "Invalid cost identifier";

pub(crate) fn route(desk: &mut Desk<'_>, method: &str, path: &[&str]) -> Handled {
    match (method, path) {
        ("GET", ["costs", number]) => {
            let job = jobs::known(desk, number)?;
            let nodes = job.costs.iter().map(node).collect();
            let list = Node::List("Cost", nodes);
            if desk.state.knobs.costs_in_envelope {
                Ok(Reply::Fields("Costs", vec![("Costs", list)]))
            } else {
                Ok(Reply::Bare("Costs", list))
            }
        }
        ("POST", ["cost"]) => add(desk),
        ("PUT", ["cost"]) => update(desk),
        ("GET" | "PUT", ["cost", uuid, "customfield"]) => {
            let uuid = holder(desk, uuid)?.1;
            custom::values(desk, method, &format!("cost/{uuid}"), "cost.custom", uuid)
        }
        (_, ["cost"] | ["costs", _]) => Err(Refusal::NoSuchMethod),
        _ => Err(Refusal::NoSuchPath),
    }
}

fn holder(desk: &Desk<'_>, text: &str) -> Result<(Job, Uuid), Refusal> {
    let uuid = identifier(text, UNKNOWN)?;
    let mut jobs = desk.firm().jobs.values();
    let job = jobs.find(|job| job.costs.iter().any(|it| it.uuid == uuid));
    job.map(|it| (it.clone(), uuid)).ok_or_else(|| Refusal::business(UNKNOWN))
}

fn add(desk: &mut Desk<'_>) -> Handled {
    let root = desk.root("Cost")?;
    let mut job = jobs::known(desk, required(&root, "Cost", "Job")?)?;
    for name in ["Date", "Description", "Quantity", "UnitCost", "UnitPrice"] {
        required(&root, "Cost", name)?;
    }
    let mut cost = JobCost {
        uuid: Uuid::new_v4(),
        date: desk.state.today(),
        description: String::new(),
        code: String::new(),
        note: String::new(),
        quantity: 0.into(),
        unit_cost: 0.into(),
        unit_price: 0.into(),
        billable: true,
    };
    absorb(&mut cost, &root)?;
    let uuid = cost.uuid;
    job.costs.push(cost);
    desk.keep(Record::Job(Box::new(job)));
    desk.effect("cost.add", uuid);
    Ok(Reply::Fields("Cost", vec![("UUID", Node::text(uuid.to_string()))]))
}

fn update(desk: &mut Desk<'_>) -> Handled {
    let root = desk.root("Cost")?;
    let (mut job, uuid) = holder(desk, required(&root, "Cost", "UUID")?)?;
    for cost in job.costs.iter_mut().filter(|it| it.uuid == uuid) {
        absorb(cost, &root)?;
    }
    desk.keep(Record::Job(Box::new(job)));
    desk.effect("cost.update", uuid);
    Ok(Reply::Fields("Cost", vec![("UUID", Node::text(uuid.to_string()))]))
}

fn absorb(cost: &mut JobCost, root: &Element) -> Result<(), Refusal> {
    if let Some(date) = written_date(root, "Date")? {
        cost.date = date;
    }
    let JobCost { description, code, note, quantity, unit_cost, unit_price, .. } = cost;
    for (field, element) in [(description, "Description"), (code, "Code"), (note, "Note")] {
        if let Some(value) = root.value(element) {
            value.clone_into(field);
        }
    }
    for (field, element) in
        [(quantity, "Quantity"), (unit_cost, "UnitCost"), (unit_price, "UnitPrice")]
    {
        if let Some(value) = written_decimal(root, element)? {
            *field = value;
        }
    }
    if let Some(value) = root.filled("Billable") {
        cost.billable = truth(value);
    }
    Ok(())
}

fn node(cost: &JobCost) -> Node {
    Node::Record(vec![
        ("UUID", Node::text(cost.uuid.to_string())),
        ("Date", midnight(cost.date)),
        ("Description", Node::text(cost.description.as_str())),
        ("Code", Node::text(cost.code.as_str())),
        ("Note", Node::text(cost.note.as_str())),
        ("Quantity", Node::Decimal(cost.quantity)),
        ("UnitCost", Node::Decimal(cost.unit_cost)),
        ("UnitPrice", Node::Decimal(cost.unit_price)),
        ("Billable", Node::Flag(cost.billable)),
    ])
}
