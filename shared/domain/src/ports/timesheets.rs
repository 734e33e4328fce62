//! Time in Xero Practice Manager (xpm-api 2.7).

use std::future::Future;

use jiff::civil::Date;

use super::xpm::{Access, Reply};
use crate::ids::{JobNumber, XpmUuid};
use crate::practice::{Booked, Timesheet};

/// Time entries.
pub trait Timesheets: Send + Sync {
    /// Puts someone on a task of a job, and so on the job, that they may record time on it. Who is on
    /// it already stays.
    fn assign_to_task(
        &self,
        access: &Access,
        job: &JobNumber,
        job_task: &XpmUuid,
        staff: &XpmUuid,
    ) -> impl Future<Output = Reply<()>> + Send;

    /// Books time. Creates: never sent twice by the adapter.
    fn add_time(
        &self,
        access: &Access,
        sheet: &Timesheet,
    ) -> impl Future<Output = Reply<Booked>> + Send;

    /// Makes an entry say what the sheet says.
    fn update_time(
        &self,
        access: &Access,
        uuid: &XpmUuid,
        sheet: &Timesheet,
    ) -> impl Future<Output = Reply<Booked>> + Send;

    /// Removes an entry.
    fn delete_time(
        &self,
        access: &Access,
        uuid: &XpmUuid,
    ) -> impl Future<Output = Reply<()>> + Send;

    /// One entry; `None` when XPM does not know it.
    fn time(
        &self,
        access: &Access,
        uuid: &XpmUuid,
    ) -> impl Future<Output = Reply<Option<Booked>>> + Send;

    /// The entries of a job between two days, both included.
    fn times_of_job(
        &self,
        access: &Access,
        job: &JobNumber,
        from: Date,
        to: Date,
    ) -> impl Future<Output = Reply<Vec<Booked>>> + Send;

    /// The entries of a member of staff between two days, both included; at most a year.
    fn times_of_staff(
        &self,
        access: &Access,
        staff: &XpmUuid,
        from: Date,
        to: Date,
    ) -> impl Future<Output = Reply<Vec<Booked>>> + Send;
}
