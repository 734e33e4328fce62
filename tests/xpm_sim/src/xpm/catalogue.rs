//! The lists a practice sets up for itself: task types, templates, categories,
//! job states and the cost catalogue; and the invoices and quotes that only
//! XPM itself makes, of which there are none.

use uuid::Uuid;

use crate::element::Element;
use crate::model::{CatalogueCost, Record};
use crate::node::Node;
use crate::xpm::values::{required, window, written_decimal};
use crate::xpm::{Desk, Handled, Refusal, Reply, identifier, reference, status_only};

const PAGE: usize = 1000;

/// A UUID for a job state, whose code the API never shows.
fn state_uuid(code: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_DNS, format!("job-state/{code}").as_bytes())
}

pub(crate) fn route(desk: &mut Desk<'_>, method: &str, entity: &str, path: &[&str]) -> Handled {
    if method != "GET" {
        return Err(Refusal::NoSuchMethod);
    }
    let firm = desk.firm();
    let by_name = |mut all: Vec<(Uuid, &str)>| -> Vec<Node> {
        all.sort_by(|a, b| a.1.cmp(b.1).then(a.0.cmp(&b.0)));
        all.into_iter().map(|(uuid, name)| reference(uuid, name)).collect()
    };
    match (entity, path) {
        ("jobstate.api", ["list"]) => {
            let states = desk.state.knobs.job_states.iter();
            let nodes = states.map(|it| reference(state_uuid(&it.code), &it.name)).collect();
            Ok(Reply::Fields("List", vec![("JobStates", Node::List("JobState", nodes))]))
        }
        ("template.api", ["list"]) => {
            let all = firm.templates.values().map(|it| (it.uuid, it.name.as_str())).collect();
            Ok(Reply::Fields("List", vec![("Templates", Node::List("Template", by_name(all)))]))
        }
        ("category.api", ["list"]) => {
            let all = firm.categories.values().map(|it| (it.uuid, it.name.as_str())).collect();
            let nodes = by_name(all);
            Ok(Reply::Fields("Categories", vec![("Categories", Node::List("Category", nodes))]))
        }
        ("task.api", ["list"]) => {
            let mut tasks: Vec<_> = firm.tasks.values().collect();
            tasks.sort_by(|a, b| a.name.cmp(&b.name).then(a.uuid.cmp(&b.uuid)));
            let nodes = tasks.into_iter().map(task).collect();
            Ok(Reply::Fields("List", vec![("TaskList", Node::List("Task", nodes))]))
        }
        ("task.api", ["get", uuid]) => {
            let unknown = "Invalid task identifier";
            let uuid = identifier(uuid, unknown)?;
            let found = firm.tasks.get(&uuid).ok_or_else(|| Refusal::business(unknown))?;
            Ok(Reply::Fields("Get", vec![("Task", task(found))]))
        }
        ("invoice.api", ["get" | "payments", _]) => {
            Err(Refusal::business("Invalid invoice identifier"))
        }
        ("quote.api", ["get", _]) => Err(Refusal::business("Invalid quote identifier")),
        ("invoice.api", ["current" | "draft"] | ["job", _]) => nothing("Invoices", "Invoice"),
        ("quote.api", ["current" | "draft"]) => nothing("Quotes", "Quote"),
        ("invoice.api", ["list"]) => window(desk).and_then(|_| nothing("Invoices", "Invoice")),
        ("quote.api", ["list"]) => window(desk).and_then(|_| nothing("Quotes", "Quote")),
        _ => Err(Refusal::NoSuchPath),
    }
}

fn nothing(container: &'static str, child: &'static str) -> Handled {
    Ok(Reply::Fields("List", vec![(container, Node::List(child, Vec::new()))]))
}

fn task(task: &crate::model::TaskType) -> Node {
    Node::Record(vec![
        ("UUID", Node::text(task.uuid.to_string())),
        ("Name", Node::text(task.name.as_str())),
        ("Description", Node::text(task.description.as_str())),
    ])
}

/// `cost.api`: the catalogue, not the costs of jobs.
pub(crate) fn costs(desk: &mut Desk<'_>, method: &str, path: &[&str]) -> Handled {
    match (method, path) {
        ("GET", ["list"]) => cost_page(desk),
        ("GET", ["get", uuid]) => {
            let cost = known_cost(desk, uuid)?;
            Ok(Reply::Fields("Get", vec![("Cost", cost_node(&cost))]))
        }
        ("POST", ["add"]) => {
            let root = desk.root("Cost")?;
            required(&root, "Cost", "Description")?;
            let mut cost = CatalogueCost {
                uuid: Uuid::new_v4(),
                description: String::new(),
                code: String::new(),
                note: String::new(),
                unit_cost: 0.into(),
                unit_price: 0.into(),
            };
            absorb_cost(&mut cost, &root)?;
            save_cost(desk, cost, "Add", "catalogue.add")
        }
        ("PUT", ["update"]) => {
            let root = desk.root("Cost")?;
            let mut cost = known_cost(desk, required(&root, "Cost", "UUID")?)?;
            absorb_cost(&mut cost, &root)?;
            save_cost(desk, cost, "Update", "catalogue.update")
        }
        ("POST", ["delete"]) => {
            let root = desk.root("Cost")?;
            let uuid = known_cost(desk, required(&root, "Cost", "UUID")?)?.uuid;
            desk.keep(Record::CostGone(uuid));
            desk.effect("catalogue.delete", uuid);
            status_only("Delete")
        }
        ("POST", ["deleteall"]) => {
            desk.root("DeleteAll")?;
            let all: Vec<Uuid> = desk.firm().costs.keys().copied().collect();
            for uuid in all {
                desk.keep(Record::CostGone(uuid));
                desk.effect("catalogue.delete", uuid);
            }
            status_only("Delete")
        }
        _ => Err(Refusal::NoSuchPath),
    }
}

fn cost_page(desk: &Desk<'_>) -> Handled {
    let page = desk.parameters.get("page").and_then(|it| it.parse::<usize>().ok());
    let page = page
        .filter(|it| *it >= 1)
        .ok_or_else(|| Refusal::Invalid("The parameter 'page' is required".to_owned()))?;
    let costs = desk.firm().costs.values().skip((page - 1).saturating_mul(PAGE)).take(PAGE);
    let nodes: Vec<Node> = costs.map(cost_node).collect();
    let records = i64::try_from(nodes.len()).unwrap_or(i64::MAX);
    let fields = vec![("Records", Node::Int(records)), ("Costs", Node::List("Cost", nodes))];
    Ok(Reply::Fields("List", fields))
}

fn known_cost(desk: &Desk<'_>, text: &str) -> Result<CatalogueCost, Refusal> {
    let unknown = "Invalid cost identifier";
    let uuid = identifier(text, unknown)?;
    desk.firm().costs.get(&uuid).cloned().ok_or_else(|| Refusal::business(unknown))
}

fn absorb_cost(cost: &mut CatalogueCost, root: &Element) -> Result<(), Refusal> {
    let CatalogueCost { description, code, note, .. } = cost;
    for (field, element) in [(description, "Description"), (code, "Code"), (note, "Note")] {
        if let Some(value) = root.value(element) {
            value.clone_into(field);
        }
    }
    if let Some(value) = written_decimal(root, "UnitCost")? {
        cost.unit_cost = value;
    }
    if let Some(value) = written_decimal(root, "UnitPrice")? {
        cost.unit_price = value;
    }
    Ok(())
}

fn save_cost(
    desk: &mut Desk<'_>,
    cost: CatalogueCost,
    api_method: &'static str,
    effect: &str,
) -> Handled {
    let node = cost_node(&cost);
    let uuid = cost.uuid;
    desk.keep(Record::Cost(cost));
    desk.effect(effect, uuid);
    Ok(Reply::Fields(api_method, vec![("Cost", node)]))
}

fn cost_node(cost: &CatalogueCost) -> Node {
    Node::Record(vec![
        ("UUID", Node::text(cost.uuid.to_string())),
        ("Description", Node::text(cost.description.as_str())),
        ("Code", Node::text(cost.code.as_str())),
        ("Note", Node::text(cost.note.as_str())),
        ("UnitCost", Node::Decimal(cost.unit_cost)),
        ("UnitPrice", Node::Decimal(cost.unit_price)),
        ("IncomeAccount", Node::text("")),
        ("CostOfSaleAccount", Node::text("")),
    ])
}
