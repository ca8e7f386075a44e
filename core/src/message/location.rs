//! What is said of where data lies.

messages! {
    /// What is said of where data lies.
    LocationMessage {
        /// TRANSITION.
        "location.none" None
            ""
            ""
    }
}
