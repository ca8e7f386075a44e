//! What is said of a workspace's order and its life.

messages! {
    /// What is said of a workspace's order and its life.
    OrderMessage {
        /// TRANSITION.
        "order.none" None
            ""
            ""
    }
}
