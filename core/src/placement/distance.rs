//! How far two sites are apart.

use beffroi_crds::site::Coordinates;

/// Mean radius of the Earth, in kilometres (IUGG).
const RADIUS: f64 = 6371.0088;

/// Great-circle distance in kilometres, by the haversine formula.
pub fn kilometres(a: Coordinates, b: Coordinates) -> f64 {
    let (lat_a, lat_b) = (a.latitude.to_radians(), b.latitude.to_radians());
    let half = |from: f64, to: f64| ((to - from) / 2.0).sin().powi(2);
    let h = half(lat_a, lat_b)
        + lat_a.cos() * lat_b.cos() * half(a.longitude.to_radians(), b.longitude.to_radians());
    2.0 * RADIUS * h.clamp(0.0, 1.0).sqrt().asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_distances() {
        let at = |latitude, longitude| Coordinates { latitude, longitude };
        let (paris, macon, roubaix) = (at(48.8566, 2.3522), at(46.307, 4.829), at(50.6901, 3.1613));
        assert!((kilometres(paris, macon) - 339.0).abs() < 3.0, "{}", kilometres(paris, macon));
        assert!((kilometres(paris, roubaix) - 212.0).abs() < 3.0, "{}", kilometres(paris, roubaix));
        assert!(kilometres(paris, paris).abs() < 1e-9);
        let antipodes = kilometres(at(0.0, 0.0), at(0.0, 180.0));
        assert!((antipodes - std::f64::consts::PI * RADIUS).abs() < 1e-6);
    }
}
