//! XPM in memory (xpm-api 2): it files the same thing twice without a word.

mod directory;
mod jobs;
mod ledger;
mod orgs;
mod timesheets;
mod trouble;

pub use ledger::{Call, Done, Effect};
pub use trouble::{CallLimits, Method, Trouble};

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use domain::ids::{JobNumber, TenantId, XpmUuid};
use domain::ports::{Access, Clock, Fault, Reply};
use domain::practice::{Booked, Client, CostSheet, Job, JobCost, Named, Staff, Timesheet};
use jiff::Timestamp;

use crate::identity::Accepts;
use crate::{MemoryClock, MemoryIdentity, lock};
use orgs::Org;
use trouble::Window;

/// XPM with any number of organisations.
///
/// Like the original it takes the same client, contact or time twice, and refuses unknown ids,
/// time of staff who are not on the task (unless [`MemoryPractice::allow_unassigned`]) and changes
/// of invoiced time. An organisation that was never filled is not connected.
#[derive(Debug)]
pub struct MemoryPractice {
    clock: Arc<MemoryClock>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    orgs: BTreeMap<TenantId, Org>,
    troubles: HashMap<Method, VecDeque<Trouble>>,
    ledger: Vec<Effect>,
    calls: Vec<Call>,
    identity: Option<Arc<MemoryIdentity>>,
    limits: Option<CallLimits>,
    windows: BTreeMap<TenantId, Window>,
    minted: u64,
    rules: Rules,
}

/// What an organisation minds.
#[derive(Clone, Copy, Debug, Default)]
struct Rules {
    allow_unassigned: bool,
    refuse_completed: bool,
    omit_tasks: bool,
}

/// What a call may touch.
struct Desk<'a> {
    org: &'a mut Org,
    rules: Rules,
    now: Timestamp,
    minted: &'a mut u64,
    done: Vec<Done>,
}

impl Desk<'_> {
    fn mint(&mut self) -> XpmUuid {
        mint(self.minted)
    }
}

impl MemoryPractice {
    /// No organisation is known.
    pub fn new(clock: &Arc<MemoryClock>) -> Self {
        Self { clock: Arc::clone(clock), state: Mutex::default() }
    }

    /// An id that was never given.
    pub fn uuid(&self) -> XpmUuid {
        mint(&mut lock(&self.state).minted)
    }

    /// Somebody adds or changes a client in XPM.
    pub fn put_client(&self, tenant: &TenantId, client: Client) {
        let now = self.clock.now();
        self.filling(tenant, |org| org.put_client(client, now));
    }

    /// A client is no longer listed: deleted for good, or merged into another.
    pub fn drop_client(&self, tenant: &TenantId, uuid: &XpmUuid) {
        self.filling(tenant, |org| org.drop_client(uuid));
    }

    /// Somebody adds or changes a member of staff.
    pub fn put_staff(&self, tenant: &TenantId, staff: Staff) {
        self.filling(tenant, |org| put(&mut org.staff, staff, |a, b| a.uuid == b.uuid));
    }

    /// Somebody adds or changes a task type.
    pub fn put_task(&self, tenant: &TenantId, task: Named) {
        self.filling(tenant, |org| put(&mut org.tasks, task, |a, b| a.uuid == b.uuid));
    }

    /// Somebody adds or changes a job template.
    pub fn put_template(&self, tenant: &TenantId, template: Named) {
        self.filling(tenant, |org| put(&mut org.templates, template, |a, b| a.uuid == b.uuid));
    }

    /// Somebody adds or changes a job, with its tasks and staff.
    pub fn put_job(&self, tenant: &TenantId, job: Job) {
        self.filling(tenant, |org| put(&mut org.jobs, job, |a, b| a.number == b.number));
    }

    /// Somebody deletes a job, or merges it into another.
    pub fn remove_job(&self, tenant: &TenantId, number: &JobNumber) {
        self.filling(tenant, |org| {
            org.jobs.retain(|it| it.number != *number);
            org.costs.retain(|(of, _)| of != number);
        });
    }

    /// Somebody takes a template away.
    pub fn drop_template(&self, tenant: &TenantId, uuid: &XpmUuid) {
        self.filling(tenant, |org| org.templates.retain(|it| it.uuid != *uuid));
    }

    /// Somebody takes a member of staff away, or disables them.
    pub fn drop_staff(&self, tenant: &TenantId, uuid: &XpmUuid) {
        self.filling(tenant, |org| org.staff.retain(|it| it.uuid != *uuid));
    }

    /// Somebody gives a template a cost, which its jobs begin with.
    pub fn put_template_cost(&self, tenant: &TenantId, template: &XpmUuid, sheet: CostSheet) {
        self.filling(tenant, |org| org.template_costs.push((template.clone(), sheet)));
    }

    /// Somebody sets up a job state.
    pub fn put_state(&self, tenant: &TenantId, code: &str, name: &str) {
        self.filling(tenant, |org| org.states.push((code.into(), name.into())));
    }

    /// Somebody adds a cost in XPM itself; nothing is checked.
    pub fn put_cost(&self, tenant: &TenantId, job: &JobNumber, sheet: CostSheet) -> XpmUuid {
        let cost = JobCost { uuid: self.uuid(), sheet };
        self.filling(tenant, |org| org.costs.push((job.clone(), cost.clone())));
        cost.uuid
    }

    /// Somebody invoices a job.
    pub fn invoice_job(&self, tenant: &TenantId, job: &JobNumber) {
        self.filling(tenant, |org| org.invoices.push(job.clone()));
    }

    /// The organisation's jobs, in the order of their adding.
    pub fn jobs_now(&self, tenant: &TenantId) -> Vec<Job> {
        lock(&self.state).orgs.get(tenant).map(|org| org.jobs.clone()).unwrap_or_default()
    }

    /// The costs of a job, in the order of their adding.
    pub fn costs_now(&self, tenant: &TenantId, job: &JobNumber) -> Vec<JobCost> {
        let state = lock(&self.state);
        let costs = state.orgs.get(tenant).map(|org| org.costs.clone()).unwrap_or_default();
        costs.into_iter().filter(|(of, _)| of == job).map(|(_, cost)| cost).collect()
    }

    /// Somebody books time in XPM itself; nothing is checked.
    pub fn put_time(&self, tenant: &TenantId, sheet: Timesheet) -> XpmUuid {
        let uuid = self.uuid();
        let booked = Booked { uuid: uuid.clone(), sheet, invoiced: false, billable: None };
        self.filling(tenant, |org| org.times.insert(booked.uuid.clone(), booked));
        uuid
    }

    /// Somebody changes an entry in XPM itself; nothing is checked.
    pub fn edit_time(&self, tenant: &TenantId, booked: Booked) {
        self.filling(tenant, |org| org.times.insert(booked.uuid.clone(), booked));
    }

    /// Somebody removes an entry in XPM itself.
    pub fn remove_time(&self, tenant: &TenantId, entry: &XpmUuid) {
        self.filling(tenant, |org| org.times.remove(entry));
    }

    /// Somebody invoices an entry, which freezes it.
    pub fn invoice(&self, tenant: &TenantId, entry: &XpmUuid) {
        self.filling(tenant, |org| org.times.get_mut(entry).map(|it| it.invoiced = true));
    }

    /// The organisation's clients, in the order of their adding.
    pub fn clients_now(&self, tenant: &TenantId) -> Vec<Client> {
        let state = lock(&self.state);
        state.orgs.get(tenant).map(Org::all_clients).unwrap_or_default()
    }

    /// The organisation's time, in the order of its booking.
    pub fn times_now(&self, tenant: &TenantId) -> Vec<Booked> {
        let state = lock(&self.state);
        state.orgs.get(tenant).map(|org| org.times.values().cloned().collect()).unwrap_or_default()
    }

    /// Everything that calls did, in order; what people did in XPM itself is not in it.
    pub fn effects(&self) -> Vec<Effect> {
        lock(&self.state).ledger.clone()
    }

    /// Every call, carried out or not, in order.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.state).calls.clone()
    }

    /// How many calls there were.
    pub fn called(&self) -> usize {
        lock(&self.state).calls.len()
    }

    /// The next call of this method meets trouble; after it those told before it did.
    pub fn fail_next(&self, method: Method, trouble: Trouble) {
        lock(&self.state).troubles.entry(method).or_default().push_back(trouble);
    }

    /// Checks access tokens and connections from now on.
    pub fn check_tokens(&self, identity: &Arc<MemoryIdentity>) {
        lock(&self.state).identity = Some(Arc::clone(identity));
    }

    /// Counts calls per organisation in fixed windows from now on, and tells what is left.
    pub fn limit_calls(&self, limits: CallLimits) {
        lock(&self.state).limits = Some(limits);
    }

    /// Whether time of staff who are not on the task is taken.
    pub fn allow_unassigned(&self, allow: bool) {
        lock(&self.state).rules.allow_unassigned = allow;
    }

    /// Whether time on completed jobs and tasks is refused.
    pub fn refuse_completed(&self, refuse: bool) {
        lock(&self.state).rules.refuse_completed = refuse;
    }

    /// Whether lists of jobs leave the tasks out.
    pub fn omit_tasks(&self, omit: bool) {
        lock(&self.state).rules.omit_tasks = omit;
    }

    fn filling<T>(&self, tenant: &TenantId, fill: impl FnOnce(&mut Org) -> T) {
        fill(lock(&self.state).orgs.entry(tenant.clone()).or_default());
    }

    fn call<T>(
        &self,
        method: Method,
        access: &Access,
        carry_out: impl FnOnce(&mut Desk<'_>) -> Result<T, Fault>,
    ) -> Reply<T> {
        let now = self.clock.now();
        let mut guard = lock(&self.state);
        let state = &mut *guard;
        state.calls.push(Call { at: now, tenant: access.tenant.clone(), method });
        let trouble = state.troubles.get_mut(&method).and_then(VecDeque::pop_front);
        if let Some(fault) = trouble.as_ref().and_then(Trouble::before) {
            return Reply { outcome: Err(fault), left: Default::default() };
        }
        let left = match state.limits {
            Some(limits) => {
                let window = state.windows.entry(access.tenant.clone()).or_default();
                match window.take(limits, now) {
                    Ok(left) => left,
                    Err((left, fault)) => return Reply { outcome: Err(fault), left },
                }
            }
            None => Default::default(),
        };
        let accepts = state.identity.as_ref().map(|it| it.accepts(&access.token, &access.tenant));
        let outcome = match (accepts, state.orgs.get_mut(&access.tenant)) {
            (Some(Accepts::Unauthorised), _) => Err(Fault::Unauthorised),
            (Some(Accepts::Disconnected), _) | (_, None) => Err(Fault::Disconnected),
            (Some(Accepts::Yes) | None, Some(org)) => {
                let minted = &mut state.minted;
                let mut desk = Desk { org, rules: state.rules, now, minted, done: Vec::new() };
                let outcome = carry_out(&mut desk);
                let tenant = &access.tenant;
                let effect = |done| Effect { at: now, tenant: tenant.clone(), done };
                state.ledger.extend(desk.done.into_iter().map(effect));
                outcome
            }
        };
        match trouble {
            Some(Trouble::UncertainAfter) => {
                Reply { outcome: Err(trouble::lost()), left: Default::default() }
            }
            // The others never came so far.
            Some(_) | None => Reply { outcome, left },
        }
    }
}

fn mint(minted: &mut u64) -> XpmUuid {
    *minted += 1;
    XpmUuid::parse(format!("00000000-0000-4000-8000-{minted:012x}")).expect("an id of XPM")
}

fn put<T>(all: &mut Vec<T>, thing: T, same: impl Fn(&T, &T) -> bool) {
    match all.iter_mut().find(|it| same(it, &thing)) {
        Some(there) => *there = thing,
        None => all.push(thing),
    }
}

/// A business error: XPM says 200 and refuses (xpm-api 1.3).
fn refused(words: &str) -> Fault {
    Fault::Refused { status: 200, words: words.into() }
}
