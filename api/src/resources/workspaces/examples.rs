//! Orders that succeed with the samples of this project.

use serde_json::{Value, json};

/// Meetings, on one site.
pub fn meetings() -> Value {
    json!({
        "tenant": "ght-bm", "name": "visio", "domain": "visio.ght-bm.example",
        "apps": [{ "name": "meet", "channel": "Stable" }], "data": ["Staff"],
    })
}

/// Messages and documents, on two sites.
pub fn communication() -> Value {
    json!({
        "tenant": "ght-bm", "name": "soins", "domain": "soins.ght-bm.example",
        "apps": [{ "name": "element", "channel": "Stable" }, { "name": "docs", "channel": "Stable" }],
        "data": ["Staff", "Health"],
        "placement": { "sites": 2, "minCities": 2, "minDistanceKm": 100 },
        "maintenanceWindow": {
            "days": ["Tuesday", "Thursday"], "start": "02:00", "durationMinutes": 120,
            "timeZone": "Europe/Paris",
        },
        "updates": "Pinned",
        "backup": { "everyHours": 6, "keepDays": 30 },
    })
}
