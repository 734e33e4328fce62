//! Asking several things at once, a bounded number at a time.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// A question under way.
pub(super) type Asking<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The answers in the order of the questions; the first failure ends it.
pub(super) async fn all<T: Send, E: Send>(
    questions: Vec<Asking<'_, Result<T, E>>>,
    at_once: usize,
) -> Result<Vec<T>, E> {
    let mut answers: Vec<Option<T>> = questions.iter().map(|_| None).collect();
    let mut waiting = questions.into_iter().enumerate();
    let mut under_way: Vec<(usize, Asking<'_, Result<T, E>>)> = Vec::new();
    poll_fn(|context| {
        loop {
            under_way.extend(waiting.by_ref().take(at_once.saturating_sub(under_way.len())));
            if under_way.is_empty() {
                return Poll::Ready(Ok(()));
            }
            let before = under_way.len();
            let mut n = 0;
            while let Some((place, question)) = under_way.get_mut(n) {
                match question.as_mut().poll(context) {
                    Poll::Pending => n += 1,
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Ready(Ok(answer)) => {
                        answers[*place] = Some(answer);
                        drop(under_way.swap_remove(n));
                    }
                }
            }
            if under_way.len() == before {
                return Poll::Pending;
            }
        }
    })
    .await?;
    Ok(answers.into_iter().flatten().collect())
}
