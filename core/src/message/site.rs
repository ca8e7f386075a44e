//! What is said of sites.

messages! {
    /// What is said of sites.
    SiteMessage {
        /// TRANSITION.
        "site.none" None
            ""
            ""
    }
}
