//! Places in an owner's order.

/// The place behind all of these.
pub(super) fn after(orders: impl Iterator<Item = u32>) -> u32 {
    orders.max().map_or(0, |last| last.saturating_add(1))
}

/// All things with their places after one of them moved to `position`.
pub(super) fn moved<T: Copy>(
    mut sorted: Vec<T>,
    is_it: impl Fn(&T) -> bool,
    position: usize,
) -> impl Iterator<Item = (u32, T)> {
    if let Some(from) = sorted.iter().position(is_it) {
        let it = sorted.remove(from);
        sorted.insert(position.min(sorted.len()), it);
    }
    (0_u32..).zip(sorted)
}
