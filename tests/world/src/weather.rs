//! How much goes wrong, and what.

/// Chances of trouble, in thousandths per call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Weather {
    /// A table or queue fails before it has done anything.
    pub(crate) fail: u32,
    /// A table or queue does it and then fails to say so.
    pub(crate) lose: u32,
    /// A transaction is cancelled because of another.
    pub(crate) conflict: u32,
    /// XPM cannot be reached.
    pub(crate) unreachable: u32,
    /// XPM asks to slow down for reasons of its own.
    pub(crate) throttle: u32,
    /// XPM's answer is lost: half of the time it did what was asked, sometimes only later.
    pub(crate) uncertain: u32,
    /// A worker dies.
    pub(crate) crash: u32,
    /// A worker stands still for seconds or hours.
    pub(crate) freeze: u32,
    /// A message comes twice.
    pub(crate) repeat: u32,
    /// DynamoDB deletes some of what is past its time; after some steps, or never.
    pub(crate) ttl: u32,
}

impl Weather {
    /// Nothing goes wrong.
    pub(crate) const CALM: Self = Self {
        fail: 0,
        lose: 0,
        conflict: 0,
        unreachable: 0,
        throttle: 0,
        uncertain: 0,
        crash: 0,
        freeze: 0,
        repeat: 0,
        ttl: 0,
    };

    /// Everything goes wrong, more or less so by the seed.
    pub(crate) fn of(rng: &mut fastrand::Rng) -> Self {
        let mut upto = |most: u32| rng.u32(0..=most);
        Self {
            fail: upto(10),
            lose: upto(10),
            conflict: upto(15),
            unreachable: upto(40),
            throttle: upto(15),
            uncertain: upto(120),
            crash: upto(8),
            freeze: upto(3),
            repeat: upto(400),
            ttl: [0, 20, 500][upto(2) as usize],
        }
    }
}
