//! The time a run takes, and its lines.
use super::Expected;

impl Expected<'_, '_> {
    pub fn run(&mut self) {
        if let Some(elapsed) = &self.expect.elapsed {
            if let (Some(min), Some(max)) = (elapsed.min, elapsed.max)
                && min > max
            {
                let message = format!("no run takes {min:?} at least and {max:?} at most");
                self.never(elapsed.span, message, None, "let `min` be less than `max`");
            }
            if let (Some(min), Some(timeout)) = (elapsed.min, &self.study.graph.timeout)
                && min > timeout.value
            {
                let message = format!("the run ends after {:?}, and is to take {min:?} at least", timeout.value);
                self.never(elapsed.span, message, Some((timeout.span, "the limit")), "lower `min`, or raise `timeout`");
            }
        }
        if let Some(lines) = &self.expect.stdout {
            self.lines(lines);
        }
    }
}
