//! What is said of providers and of what comes to an end.

messages! {
    /// What is said of providers and of what comes to an end.
    ProviderMessage {
        /// TRANSITION.
        "provider.none" None
            ""
            ""
    }
}
