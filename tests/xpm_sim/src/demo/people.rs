//! The twelve people of the demo firm; two of them have one name, and one
//! has left.

use uuid::Uuid;

use crate::demo::id;
use crate::model::Staff;

const STAFF: [(&str, &str); 12] = [
    ("Morgan Reyes", "morgan.reyes"),
    ("Anneliese Thorne", "anneliese.thorne"),
    ("Dilip Marchetti", "dilip.marchetti"),
    ("Freya Lindqvist", "freya.lindqvist"),
    ("Hamish Okoro", "hamish.okoro"),
    ("Isla Vantongeren", "isla.vantongeren"),
    ("Jarrah Petrovic", "jarrah.petrovic"),
    ("Keiko Abernathy", "keiko.abernathy"),
    ("Leo Castellane", "leo.castellane"),
    ("Sam Whitlock", "sam.whitlock"),
    ("Sam Whitlock", "s.whitlock2"),
    ("Tobias Quill", "tobias.quill"),
];

/// The UUID of the staff member of that index.
pub(crate) fn staff_id(index: usize) -> Uuid {
    id("staff", STAFF[index % STAFF.len()].1)
}

pub(crate) fn staff() -> Vec<Staff> {
    let each = STAFF.iter().enumerate();
    each.map(|(index, (name, mailbox))| Staff {
        uuid: id("staff", mailbox),
        name: (*name).to_owned(),
        email: format!("{mailbox}@harbourvale.example.com"),
        phone: format!("(02) 5550 01{index:02}"),
        mobile: String::new(),
        address: "Level 3, 18 Quayside Lane, Newcastle NSW 2300".to_owned(),
        payroll_code: format!("HV{:03}", index + 1),
        enabled: index != STAFF.len() - 1,
        deleted: false,
    })
    .collect()
}
