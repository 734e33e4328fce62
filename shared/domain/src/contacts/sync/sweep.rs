//! What a run does with records of ours that XPM's list does not lead to: putting away the matches of
//! another organisation (XB-05), and finding what XPM no longer lists (KB-66). Page by page.

use std::collections::{HashMap, HashSet};

use super::chunks::{self, Entry};
use super::commit::commit;
use super::counts::Outcome;
use super::decide::{Step, write};
use super::look::Known;
use super::process::{Task, settle};
use super::run::{Stage, SyncRun};
use super::saved::save;
use super::stages::{Halt, Worker};
use super::work::Turn;
use super::{change, track};
use crate::contacts::matches::{ContactMatch, Match, MatchState};
use crate::contacts::out::match_keys;
use crate::ids::XpmUuid;
use crate::journal::{self, Actor, Entry as Told, Event, Sort, Subject};
use crate::ports::{Change, Clock, Down, Expect, Kind, Ports, Range, Store};
use crate::reason::Reason;
use crate::records::{self, Kept};

/// How many records are looked at in one stroke.
const PAGE: usize = 200;

/// Carries a stage out, from where it stands.
pub(super) async fn sweep<P: Ports>(
    worker: &mut Worker<'_, P>,
    run: &mut Kept<SyncRun>,
    stage: Stage,
) -> Result<Option<Halt>, Down> {
    if run.record.plan.ended.contains(&stage) {
        return Ok(None);
    }
    let (ports, firm) = (worker.ports, &worker.firm.id);
    let seen = match stage {
        Stage::Retire => {
            track::turn_to(ports.store(), firm, run.record.plan.tenant.as_ref()).await?;
            HashSet::new()
        }
        Stage::Sweep => match chunks::seen(ports, firm, &run.record).await? {
            Some(seen) => seen,
            None => return Ok(Some(Halt::ChunkLost)),
        },
    };
    let mut unsaved = false;
    loop {
        if let Some(halt) = worker.check().await? {
            let own = unsaved && !matches!(halt, Halt::Stopped(Turn::Overtaken));
            let lost = own && !save(ports, firm, run).await?;
            return Ok(Some(if lost { Halt::OVERTAKEN } else { halt }));
        }
        let now = ports.clock().now();
        let after = run.record.plan.after.clone();
        let range = Range { after, ..Range::of(firm, Kind::Match, "", PAGE) };
        let page = ports.store().list(&range).await?;
        let all = page.items.into_iter().filter_map(|it| {
            let record = serde_json::from_value::<Match>(it.body).ok()?;
            Some(Kept { record, version: it.version })
        });
        let task = worker.task(&run.record, now);
        let steps = match stage {
            Stage::Retire => retire(ports.store(), &task, all.collect()).await?,
            Stage::Sweep => vanish(ports.store(), &task, all.collect(), &seen).await?,
        };
        let wrote = steps.iter().any(|it| !it.changes.is_empty());
        if wrote {
            journal::open(ports.store(), firm, now).await?;
            if !commit(ports.store(), &steps).await?.is_empty() {
                // Someone else was at one of them: the page once more.
                continue;
            }
        }
        let last = page.next.is_none();
        run.record.plan.after = page.next;
        if last {
            run.record.plan.ended.insert(stage);
        }
        // A page that changed nothing can be looked at again for nothing.
        unsaved = !wrote;
        if wrote && !save(ports, firm, run).await? {
            return Ok(Some(Halt::OVERTAKEN));
        }
        if last {
            return Ok(None);
        }
    }
}

/// Puts the matches of other organisations away, and frees their contacts. A match comes back when its
/// record is read again.
async fn retire(
    store: &impl Store,
    task: &Task<'_>,
    all: Vec<Kept<Match>>,
) -> Result<Vec<Step>, Down> {
    let former = all.into_iter().filter(|it| it.record.tenant != task.tenant);
    let former: Vec<Kept<Match>> =
        former.filter(|it| it.record.reason != Some(Reason::FormerMatch)).collect();
    let ids: Vec<String> = former
        .iter()
        .filter_map(|it| it.record.contact.as_ref())
        .map(ToString::to_string)
        .collect();
    let mut pointers = HashMap::new();
    if !ids.is_empty() {
        for it in records::get_many::<ContactMatch>(store, task.firm, &ids).await? {
            pointers.insert(it.record.xpm.clone(), it);
        }
    }
    let mut steps = Vec::new();
    for kept in former {
        let state = match kept.record.state {
            it @ (MatchState::Matched | MatchState::Removed) => it,
            MatchState::Partial | MatchState::Unmatched => MatchState::Unmatched,
        };
        let (reason, candidates) = (Some(Reason::FormerMatch), Vec::new());
        let new = Match { state, reason, candidates, ..kept.record.clone() };
        let subject = Subject::new(Sort::Match, &new.xpm.uuid);
        let told = Told::new(subject, kept.version + 1, Event::MatchFlagged, Actor::Rule, task.now)
            .in_run(&task.run)
            .because(reason)
            .between(Some(&kept.record), Some(&new))?;
        let mut changes =
            vec![records::put(task.firm, &new, Some(kept.version))?, told.change(task.firm)?];
        changes.extend(match_keys::rekey(task.firm, Some(&kept.record), Some(&new)));
        if let Some(pointer) = pointers.get(&new.xpm.uuid) {
            let key = records::Record::key(&pointer.record, task.firm);
            changes.push(Change::Delete(key, Expect::Version(pointer.version)));
        }
        steps.push(Step { changes, ..Step::only(Outcome::Skipped(Reason::FormerMatch)) });
    }
    Ok(steps)
}

/// Flags what XPM no longer lists, and keeps it; what waited for a person no longer does.
async fn vanish(
    store: &impl Store,
    task: &Task<'_>,
    all: Vec<Kept<Match>>,
    seen: &HashSet<XpmUuid>,
) -> Result<Vec<Step>, Down> {
    let ours = |it: &Match| it.tenant == task.tenant || it.tenant.is_none();
    let gone = all.into_iter().filter(|it| {
        let it = &it.record;
        ours(it)
            && !seen.contains(&it.xpm.uuid)
            && it.state != MatchState::Removed
            && it.reason != Some(Reason::Vanished)
    });
    let gone: Vec<Kept<Match>> = gone.collect();
    let planned = match &task.planned {
        Some(plan) => {
            let uuids = gone.iter().map(|it| &it.record.xpm.uuid);
            change::of_records(store, task.firm, &plan.run, uuids).await?
        }
        None => Vec::new(),
    };
    let known = Known::of(gone.clone(), planned);
    let mut steps = Vec::new();
    for kept in &gone {
        let old = &kept.record;
        let (state, candidates) = match old.state {
            MatchState::Matched => (MatchState::Matched, old.candidates.clone()),
            MatchState::Partial | MatchState::Unmatched | MatchState::Removed => {
                (MatchState::Unmatched, Vec::new())
            }
        };
        let new = Match { state, reason: Some(Reason::Vanished), candidates, ..old.clone() };
        let outcome = Outcome::Skipped(Reason::Vanished);
        let step = write(task, new, Some(kept), outcome, Vec::new())?;
        let entry = Entry::TooLarge(old.xpm.uuid.clone(), old.xpm.name.clone());
        steps.push(settle(task, &entry, &known, step)?);
    }
    Ok(steps)
}
