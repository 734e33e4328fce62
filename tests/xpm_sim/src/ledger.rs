//! What XPM now holds and how it came to it, for those who judge.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::firm::Firm;
use crate::model::{Client, Contact, Job, JobCost, Time};
use crate::node::snake;
use crate::state::State;
use crate::xpm::known_fields;

/// The ledger of one practice.
pub(crate) fn ledger(state: &State, tenant: Uuid) -> Value {
    let Some(firm) = state.firms.get(&tenant) else { return Value::Null };
    let effects: Vec<Value> = state
        .effects
        .iter()
        .filter(|it| it.tenant == tenant)
        .map(|it| json!({"at": it.at, "kind": it.kind, "uuid": it.uuid, "call": it.call}))
        .collect();
    json!({
        "tenant": tenant,
        "time_entries": firm.times.values().map(|it| time(firm, it)).collect::<Vec<_>>(),
        "clients": firm.clients.values().map(client).collect::<Vec<_>>(),
        "contacts": firm.contacts.values().map(|it| contact(firm, it)).collect::<Vec<_>>(),
        "jobs": firm.jobs.values().map(|it| job(state, firm, it)).collect::<Vec<_>>(),
        "costs": firm.jobs.values().flat_map(costs).collect::<Vec<_>>(),
        "effects": effects,
    })
}

fn time(firm: &Firm, time: &Time) -> Value {
    let job = firm.jobs.get(&time.job);
    let task = job.and_then(|job| job.tasks.iter().find(|it| it.uuid == time.job_task));
    json!({
        "uuid": time.uuid, "job": time.job, "job_task_uuid": time.job_task,
        "task_name": task.map(|it| it.name.as_str()), "staff_uuid": time.staff,
        "staff_name": firm.staff.get(&time.staff).map(|it| it.name.as_str()),
        "date": time.date, "minutes": time.minutes, "note": time.note,
        "billable": time.billable, "invoice_task_uuid": time.invoice_task,
    })
}

/// The tax number is here as it was written, not masked.
fn client(client: &Client) -> Value {
    let mut object = Map::new();
    for (name, _, _) in known_fields() {
        let value = client.fields.get(name).cloned().unwrap_or_default();
        object.insert(snake(name), value.into());
    }
    let contacts: Vec<Value> = client
        .links
        .iter()
        .map(|it| json!({"uuid": it.contact, "is_primary": it.primary, "position": it.position}))
        .collect();
    let own = json!({
        "uuid": client.uuid, "name": client.name, "is_prospect": client.prospect,
        "is_archived": client.archived, "is_deleted": client.deleted,
        "account_manager_uuid": client.account_manager, "job_manager_uuid": client.job_manager,
        "billing_client_uuid": client.billing_client, "contacts": contacts,
        "notes": client.notes.len(), "modified_at": client.modified,
    });
    if let Value::Object(own) = own {
        object.extend(own);
    }
    Value::Object(object)
}

fn contact(firm: &Firm, contact: &Contact) -> Value {
    let at = |it: &&Client| it.links.iter().any(|link| link.contact == contact.uuid);
    let clients: Vec<Uuid> = firm.clients.values().filter(at).map(|it| it.uuid).collect();
    json!({
        "uuid": contact.uuid, "name": contact.name, "salutation": contact.salutation,
        "addressee": contact.addressee, "mobile": contact.mobile, "email": contact.email,
        "phone": contact.phone, "is_deleted": contact.deleted, "client_uuids": clients,
    })
}

fn job(state: &State, firm: &Firm, job: &Job) -> Value {
    let tasks: Vec<Value> = job
        .tasks
        .iter()
        .map(|it| {
            json!({
                "uuid": it.uuid, "task_uuid": it.task, "name": it.name, "label": it.label,
                "description": it.description, "estimated_minutes": it.estimated,
                "actual_minutes": firm.actual_minutes(it.uuid), "completed": it.completed,
                "billable": it.billable, "staff_uuids": it.assigned,
            })
        })
        .collect();
    let milestones: Vec<Value> = job
        .milestones
        .iter()
        .map(|it| json!({"uuid": it.uuid, "date": it.date, "description": it.description}))
        .collect();
    let notes: Vec<Value> = job
        .notes
        .iter()
        .map(|it| json!({"uuid": it.uuid, "title": it.title, "text": it.text}))
        .collect();
    json!({
        "number": job.number, "uuid": job.uuid, "name": job.name,
        "description": job.description, "client_uuid": job.client, "state_code": job.state,
        "state": state.knobs.state(&job.state).map(|it| it.name.as_str()),
        "client_order_number": job.order_number,
        "budget": job.budget.map(|it| it.to_string()), "category_uuid": job.category,
        "start_date": job.start, "due_date": job.due,
        "completed_date": job.completed.map(|it| it.date()), "contact_uuid": job.contact,
        "manager_uuid": job.manager, "partner_uuid": job.partner, "staff_uuids": job.assigned,
        "tasks": tasks, "milestones": milestones, "notes": notes,
    })
}

fn costs(job: &Job) -> impl Iterator<Item = Value> {
    job.costs.iter().map(|it| cost(&job.number, it))
}

fn cost(job: &str, cost: &JobCost) -> Value {
    json!({
        "uuid": cost.uuid, "job": job, "date": cost.date, "description": cost.description,
        "code": cost.code, "note": cost.note, "quantity": cost.quantity.to_string(),
        "unit_cost": cost.unit_cost.to_string(), "unit_price": cost.unit_price.to_string(),
        "billable": cost.billable,
    })
}
