//! What the demo firm has set up: task types, templates, categories, costs.

use uuid::Uuid;

use crate::demo::id;
use crate::model::{
    CatalogueCost, Category, CustomField, JobCost, Record, TaskType, Template, TemplateMilestone,
    TemplateTask,
};

/// The 25 task types.
pub(crate) const TASKS: [&str; 25] = [
    "Accounts Preparation",
    "Administration",
    "ASIC Annual Return",
    "Audit Liaison",
    "BAS Preparation",
    "Bookkeeping",
    "Budgeting & Forecasting",
    "Business Advisory",
    "Client Meeting",
    "Correspondence",
    "Depreciation Schedule",
    "Division 7A Review",
    "Financial Statements",
    "FBT Return",
    "GST Review",
    "Lodgement",
    "Minutes & Resolutions",
    "Partner Review",
    "Payroll",
    "Records Request",
    "SMSF Administration",
    "Tax Planning",
    "Tax Return",
    "Trust Distribution",
    "Workpapers",
];

/// A template's name, its tasks with minutes, and its costs with code and price.
type Sketch = (
    &'static str,
    &'static [(&'static str, i64)],
    &'static [(&'static str, &'static str, &'static str)],
);

/// The eight templates.
pub(crate) const TEMPLATES: [Sketch; 8] = [
    (
        "Annual Accounts",
        &[
            ("Records Request", 15),
            ("Workpapers", 120),
            ("Accounts Preparation", 240),
            ("Financial Statements", 90),
            ("Partner Review", 45),
        ],
        &[],
    ),
    (
        "Tax Return - Individual",
        &[("Records Request", 15), ("Tax Return", 60), ("Partner Review", 15), ("Lodgement", 10)],
        &[],
    ),
    (
        "Tax Return - Company",
        &[("Workpapers", 60), ("Tax Return", 90), ("Partner Review", 30), ("Lodgement", 10)],
        &[],
    ),
    (
        "Trust Accounts",
        &[
            ("Workpapers", 90),
            ("Accounts Preparation", 180),
            ("Trust Distribution", 60),
            ("Tax Return", 60),
        ],
        &[],
    ),
    (
        "SMSF Annual Accounts",
        &[
            ("SMSF Administration", 150),
            ("Financial Statements", 90),
            ("Audit Liaison", 45),
            ("Tax Return", 45),
        ],
        &[("SMSF audit fee", "SMSFAUD", "385")],
    ),
    ("BAS - Quarter", &[("BAS Preparation", 75), ("GST Review", 20), ("Lodgement", 10)], &[]),
    ("FBT Return", &[("FBT Return", 90), ("Partner Review", 20), ("Lodgement", 10)], &[]),
    (
        "ASIC Annual Review",
        &[("ASIC Annual Return", 20), ("Minutes & Resolutions", 20)],
        &[("ASIC annual review fee", "ASIC", "321")],
    ),
];

/// The UUID of a task type.
pub(crate) fn task(name: &str) -> Uuid {
    id("task", name)
}

pub(crate) fn records() -> Vec<Record> {
    let tasks = TASKS.iter().map(|name| {
        let description = String::new();
        Record::TaskType(TaskType { uuid: task(name), name: (*name).to_owned(), description })
    });
    let templates = TEMPLATES.iter().map(|it| Record::Template(template(it)));
    let categories = ["Compliance", "Consulting", "Internal"].iter().map(|name| {
        Record::Category(Category { uuid: id("category", name), name: (*name).to_owned() })
    });
    let costs = [
        ("ASIC annual review fee", "ASIC", 321, 321),
        ("Courier", "COUR", 15, 18),
        ("SMSF audit fee", "SMSFAUD", 330, 385),
        ("Software subscription", "SOFT", 35, 35),
        ("Title search", "TITLE", 17, 25),
    ]
    .map(|(description, code, cost, price)| {
        Record::Cost(CatalogueCost {
            uuid: id("cost", code),
            description: description.to_owned(),
            code: code.to_owned(),
            note: String::new(),
            unit_cost: cost.into(),
            unit_price: price.into(),
        })
    });
    let field = CustomField {
        uuid: id("customfield", "Engagement letter"),
        name: "Engagement letter".to_owned(),
        kind: "Date".to_owned(),
        value_element: "Date".to_owned(),
        uses: vec!["UseClient".to_owned()],
    };
    tasks
        .chain(templates)
        .chain(categories)
        .chain(costs)
        .chain([Record::CustomField(field)])
        .collect()
}

fn template(given: &Sketch) -> Template {
    let (name, tasks, costs) = given;
    let milestones = [("Records received", 14), ("Sent to client", 60), ("Lodged", 90)];
    Template {
        uuid: id("template", name),
        name: (*name).to_owned(),
        tasks: tasks
            .iter()
            .map(|(name, minutes)| TemplateTask {
                task: task(name),
                description: String::new(),
                minutes: *minutes,
            })
            .collect(),
        milestones: milestones
            .iter()
            .map(|(description, days)| TemplateMilestone {
                description: (*description).to_owned(),
                days: *days,
            })
            .collect(),
        costs: costs
            .iter()
            .map(|(description, code, price)| JobCost {
                uuid: id("template-cost", code),
                date: super::day(0),
                description: (*description).to_owned(),
                code: (*code).to_owned(),
                note: String::new(),
                quantity: 1.into(),
                unit_cost: price.parse().unwrap_or_default(),
                unit_price: price.parse().unwrap_or_default(),
                billable: true,
            })
            .collect(),
    }
}
