//! What is said of tenants.

messages! {
    /// What is said of tenants.
    TenantMessage {
        /// TRANSITION.
        "tenant.none" None
            ""
            ""
    }
}
