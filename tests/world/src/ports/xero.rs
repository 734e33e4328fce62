//! Xero: calls take time, and not every answer arrives.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use domain::ids::{JobNumber, XpmUuid};
use domain::ports::{
    Access, Authorisation, Cause, ClientSink, Connected, Denied, Directory, Fault, Grant, Identity,
    Jobs, Left, Limit, Person, Reply, Secret, Timesheets, Unproven,
};
use domain::practice::{
    Booked, Client, ClientContact, ClientDraft, ContactDraft, CostSheet, Job, JobCost, JobOrder,
    Named, Staff, Timesheet,
};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use memory::MemoryPorts;

use super::{Flying, Worker};
use crate::plant::Plant;

/// The total time-out of a call (protocol P3).
const CALL: SignedDuration = SignedDuration::from_secs(20);
/// The total time-out of a refresh (protocol P2).
const REFRESH: SignedDuration = SignedDuration::from_secs(10);
/// Until when XPM may still carry out a request after its time-out (assumption A1: 120 s).
const LATE: u32 = 110_000;

/// What is to become of a call.
enum Fate {
    Unreachable,
    Throttled(u32),
    /// No answer; XPM never does it.
    Lost,
    /// No answer; XPM does it at once.
    DoneInSilence,
    /// No answer; XPM does it so many milliseconds after the time-out.
    DoneLate(u32),
    Answered,
}

impl Worker {
    fn fate(&self) -> Fate {
        let world = &self.world;
        if world.chance(|it| it.unreachable) {
            Fate::Unreachable
        } else if world.chance(|it| it.throttle) {
            Fate::Throttled(1 + world.draw(90))
        } else if world.chance(|it| it.uncertain) {
            match world.draw(4) {
                0 | 1 => Fate::DoneInSilence,
                2 => Fate::Lost,
                _ => Fate::DoneLate(world.draw(LATE)),
            }
        } else {
            Fate::Answered
        }
    }

    /// A call to XPM. What it does there happens in one moment, some time after it left.
    async fn xpm<T: Send + 'static, F>(&self, access: &Access, act: F) -> Reply<T>
    where
        F: AsyncFn(&MemoryPorts) -> Reply<T> + Clone + Send + 'static,
    {
        let world = &self.world;
        let fate = self.fate();
        let (there, back) = (20 + world.draw(world.slowness), 20 + world.draw(world.slowness));
        let _flying = Flying::begin(world, &access.tenant);
        if !self.arrives(there, CALL).await {
            return fault(Fault::Uncertain(cause("timed out before it left")));
        }
        match fate {
            Fate::Unreachable => fault(Fault::NotProcessed(cause("told not to leave"))),
            Fate::Throttled(seconds) => {
                let retry_after = Some(Duration::from_secs(seconds.into()));
                fault(Fault::Throttled { limit: Limit::Minute, retry_after })
            }
            Fate::Lost => self.time_out(there).await,
            Fate::DoneInSilence => {
                self.meet_limits(act(&world.outside).await);
                self.time_out(there).await
            }
            Fate::DoneLate(after) => {
                let ends = world.now() + CALL - millis(there);
                let act = act.clone();
                world.later(ends + millis(after), move |outside| drop(at_once(act(outside))));
                self.time_out(there).await
            }
            Fate::Answered => {
                let reply = self.meet_limits(act(&world.outside).await);
                self.pass(back).await;
                reply
            }
        }
    }

    fn meet_limits<T>(&self, reply: Reply<T>) -> Reply<T> {
        if matches!(reply.outcome, Err(Fault::Throttled { .. })) {
            self.world.note(|it| it.over_limit += 1);
        }
        reply
    }

    async fn time_out<T>(&self, gone: u32) -> Reply<T> {
        let left = if self.world.draw(2) == 0 { CALL - millis(gone) } else { millis(200) };
        self.world_sleep(left).await;
        fault(Fault::Uncertain(cause("told to lose the answer")))
    }

    /// Lets a request travel; says whether it was there before its worker's client gave it up. A worker
    /// that stood still longer than that writes nothing more to its socket (the residual of G7).
    async fn arrives(&self, milliseconds: u32, total: SignedDuration) -> bool {
        let given_up = self.world.now() + total;
        self.pass(milliseconds).await;
        self.world.now() < given_up
    }

    async fn pass(&self, milliseconds: u32) {
        self.world_sleep(millis(milliseconds)).await;
    }

    async fn world_sleep(&self, time: SignedDuration) {
        let until: Timestamp = self.world.now() + time;
        while self.world.now() < until {
            self.me.sleep(until).await;
        }
    }

    /// Whether the books hold the intent to file this sheet (G1).
    fn intended(&self, access: &Access, sheet: &Timesheet) -> bool {
        let wanted = serde_json::to_value(sheet).unwrap_or_default();
        let firm = Self::firm_of(&access.tenant);
        self.world.outside.store.items().iter().any(|it| {
            let state = &it.body["push"]["state"];
            Some(&it.key.firm) == firm.as_ref()
                && state["at"] == "sending"
                && state["call"]["do"] == "create"
                && state["call"]["sheet"] == wanted
        })
    }
}

impl Timesheets for Worker {
    async fn assign_to_task(
        &self,
        access: &Access,
        job: &JobNumber,
        job_task: &XpmUuid,
        staff: &XpmUuid,
    ) -> Reply<()> {
        let (held, job) = (access.clone(), job.clone());
        let (job_task, staff) = (job_task.clone(), staff.clone());
        self.xpm(access, async move |it: &MemoryPorts| {
            it.practice.assign_to_task(&held, &job, &job_task, &staff).await
        })
        .await
    }

    async fn add_time(&self, access: &Access, sheet: &Timesheet) -> Reply<Booked> {
        loop {
            let intended = self.intended(access, sheet);
            self.world.note(|it| {
                it.creates += 1;
                it.without_intent += u64::from(!intended);
            });
            let (held, filed) = (access.clone(), sheet.clone());
            let reply = self
                .xpm(access, async move |it: &MemoryPorts| {
                    it.practice.add_time(&held, &filed).await
                })
                .await;
            let again = matches!(reply.outcome, Err(Fault::Uncertain(_)))
                && self.world.has(Plant::RetryOnTimeout);
            if !again {
                return reply;
            }
        }
    }

    async fn update_time(
        &self,
        access: &Access,
        uuid: &XpmUuid,
        sheet: &Timesheet,
    ) -> Reply<Booked> {
        let (held, uuid, sheet) = (access.clone(), uuid.clone(), sheet.clone());
        self.xpm(access, async move |it: &MemoryPorts| {
            it.practice.update_time(&held, &uuid, &sheet).await
        })
        .await
    }

    async fn delete_time(&self, access: &Access, uuid: &XpmUuid) -> Reply<()> {
        let (held, uuid) = (access.clone(), uuid.clone());
        self.xpm(access, async move |it: &MemoryPorts| it.practice.delete_time(&held, &uuid).await)
            .await
    }

    async fn time(&self, access: &Access, uuid: &XpmUuid) -> Reply<Option<Booked>> {
        let (held, uuid) = (access.clone(), uuid.clone());
        self.xpm(access, async move |it: &MemoryPorts| it.practice.time(&held, &uuid).await).await
    }

    async fn times_of_job(
        &self,
        access: &Access,
        job: &JobNumber,
        from: Date,
        to: Date,
    ) -> Reply<Vec<Booked>> {
        let (held, job) = (access.clone(), job.clone());
        let mut reply = self
            .xpm(access, async move |it: &MemoryPorts| {
                it.practice.times_of_job(&held, &job, from, to).await
            })
            .await;
        if self.world.has(Plant::NoReadBack) {
            reply.outcome = reply.outcome.map(|_| Vec::new());
        }
        reply
    }

    async fn times_of_staff(
        &self,
        access: &Access,
        staff: &XpmUuid,
        from: Date,
        to: Date,
    ) -> Reply<Vec<Booked>> {
        let (held, staff) = (access.clone(), staff.clone());
        self.xpm(access, async move |it: &MemoryPorts| {
            it.practice.times_of_staff(&held, &staff, from, to).await
        })
        .await
    }
}

/// A call of the directory or of jobs, handed on as it is.
macro_rules! hand_on {
    ($($name:ident($($arg:ident: $type:ty),*) -> $reply:ty;)+) => {
        $(async fn $name(&self, access: &Access, $($arg: &$type),*) -> Reply<$reply> {
            let held = access.clone();
            $(let $arg = $arg.to_owned();)*
            self.xpm(access, async move |it: &MemoryPorts| {
                it.practice.$name(&held, $(&$arg),*).await
            })
            .await
        })+
    };
}

impl Directory for Worker {
    async fn clients(
        &self,
        access: &Access,
        since: Option<Timestamp>,
        sink: &mut impl ClientSink,
    ) -> Reply<u64> {
        // The list is streamed: it has no single moment, so only its beginning can fail here.
        self.pass(500).await;
        match self.fate() {
            Fate::Answered => self.world.outside.practice.clients(access, since, sink).await,
            Fate::Unreachable => fault(Fault::NotProcessed(cause("told not to leave"))),
            Fate::Throttled(_) | Fate::Lost | Fate::DoneInSilence | Fate::DoneLate(_) => {
                fault(Fault::Uncertain(cause("told to lose the answer")))
            }
        }
    }

    async fn link_contact(
        &self,
        access: &Access,
        client: &XpmUuid,
        contact: &XpmUuid,
        position: Option<&str>,
    ) -> Reply<()> {
        let (held, client, contact) = (access.clone(), client.clone(), contact.clone());
        let position = position.map(str::to_owned);
        self.xpm(access, async move |it: &MemoryPorts| {
            it.practice.link_contact(&held, &client, &contact, position.as_deref()).await
        })
        .await
    }

    hand_on! {
        client(uuid: XpmUuid) -> Option<Client>;
        search_clients(query: str) -> Vec<Client>;
        add_client(draft: ClientDraft) -> Client;
        update_client(uuid: XpmUuid, draft: ClientDraft) -> Client;
        add_contact(client: XpmUuid, draft: ContactDraft) -> ClientContact;
        update_contact(client: XpmUuid, contact: XpmUuid, draft: ContactDraft) -> ClientContact;
        staff() -> Vec<Staff>;
        tasks() -> Vec<Named>;
        templates() -> Vec<Named>;
    }
}

impl Jobs for Worker {
    hand_on! {
        jobs_of(client: XpmUuid) -> Vec<Job>;
        job(number: JobNumber) -> Option<Job>;
        current_jobs() -> Vec<Job>;
        add_job(order: JobOrder) -> Job;
        assign(number: JobNumber, staff: [XpmUuid]) -> ();
        set_state(number: JobNumber, code: str) -> ();
        delete_job(number: JobNumber) -> ();
        job_url(number: JobNumber) -> Option<String>;
        costs_of(number: JobNumber) -> Vec<JobCost>;
        add_cost(number: JobNumber, sheet: CostSheet) -> XpmUuid;
        update_cost(uuid: XpmUuid, sheet: CostSheet) -> ();
        invoices_of(number: JobNumber) -> usize;
    }
}

impl Identity for Worker {
    fn authorise_url(&self, ask: &Authorisation<'_>) -> String {
        self.world.outside.identity.authorise_url(ask)
    }

    async fn exchange(&self, code: &Secret, verifier: &Secret) -> Result<Grant, Denied> {
        self.world.outside.identity.exchange(code, verifier).await
    }

    async fn redeem(&self, code: &Secret, verifier: &Secret) -> Result<Secret, Denied> {
        self.world.outside.identity.redeem(code, verifier).await
    }

    async fn verify(
        &self,
        id_token: &Secret,
        nonce: &str,
        now: Timestamp,
    ) -> Result<Person, Unproven> {
        self.world.outside.identity.verify(id_token, nonce, now).await
    }

    async fn refresh(&self, token: &Secret) -> Result<Grant, Denied> {
        let silent = || Denied::Silent(cause("told to be silent"));
        let arrives = self.arrives(100 + self.world.draw(4_000), REFRESH).await;
        if !arrives || self.world.chance(|it| it.unreachable) {
            return Err(silent());
        }
        let grant = self.world.outside.identity.refresh(token).await;
        self.pass(100 + self.world.draw(4_000)).await;
        if self.world.chance(|it| it.uncertain) { Err(silent()) } else { grant }
    }

    async fn revoke(&self, token: &Secret) -> Result<(), Denied> {
        self.world.outside.identity.revoke(token).await
    }

    async fn connections(&self, access: &Secret) -> Result<Vec<Connected>, Denied> {
        self.world.outside.identity.connections(access).await
    }
}

/// The twins answer at once, so that what XPM does late needs nobody to wait for it.
pub(crate) fn at_once<T>(act: impl Future<Output = T>) -> Option<T> {
    match pin!(act).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

fn fault<T>(fault: Fault) -> Reply<T> {
    Reply { outcome: Err(fault), left: Left::default() }
}

fn cause(words: &'static str) -> Cause {
    Cause::from(words)
}

fn millis(milliseconds: u32) -> SignedDuration {
    SignedDuration::from_millis(milliseconds.into())
}
