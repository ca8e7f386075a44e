//! A small map of metropolitan France: outline → dots → lines of Braille characters, with a mark and a label for
//! each place. Places elsewhere are listed below it, with the way to them.

/// A place.
pub(crate) struct Point {
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
    pub(crate) label: String,
}

/// Size in characters; each holds two dots by four.
const WIDTH: usize = 38;
const HEIGHT: usize = 17;
/// Degrees at the edges.
const WEST: f64 = -5.6;
const EAST: f64 = 10.2;
const NORTH: f64 = 51.6;
const SOUTH: f64 = 41.0;

/// Longitude and latitude along the border and the coast, from Dunkerque clockwise.
const MAINLAND: [(f64, f64); 44] = [
    (2.5, 51.1),
    (3.2, 50.7),
    (4.2, 49.97),
    (4.9, 50.1),
    (5.8, 49.55),
    (6.9, 49.2),
    (8.2, 48.97),
    (7.6, 47.6),
    (6.9, 47.3),
    (6.1, 46.5),
    (6.8, 46.4),
    (7.0, 45.9),
    (6.8, 45.1),
    (7.0, 44.6),
    (6.9, 44.2),
    (7.6, 44.1),
    (7.5, 43.8),
    (6.9, 43.4),
    (6.2, 43.1),
    (5.3, 43.3),
    (4.6, 43.4),
    (3.9, 43.5),
    (3.1, 43.1),
    (3.1, 42.45),
    (1.8, 42.4),
    (0.7, 42.8),
    (-0.6, 42.8),
    (-1.8, 43.35),
    (-1.3, 44.5),
    (-1.1, 45.6),
    (-1.2, 46.2),
    (-2.2, 47.1),
    (-2.9, 47.6),
    (-4.4, 47.85),
    (-4.75, 48.4),
    (-3.5, 48.8),
    (-2.0, 48.65),
    (-1.4, 48.65),
    (-1.85, 49.7),
    (-1.1, 49.35),
    (0.2, 49.6),
    (1.2, 50.0),
    (1.6, 50.85),
    (2.5, 51.1),
];
const CORSICA: [(f64, f64); 6] =
    [(9.4, 43.0), (9.55, 42.1), (9.2, 41.4), (8.6, 41.9), (8.6, 42.4), (9.4, 43.0)];

/// The map, or nothing where there is nothing to show.
pub(crate) fn draw(points: &[Point]) -> String {
    if points.is_empty() {
        return String::new();
    }
    let mut dots = vec![[false; WIDTH * 2]; HEIGHT * 4];
    for line in MAINLAND.windows(2).chain(CORSICA.windows(2)) {
        if let [from, to] = line {
            trace(&mut dots, *from, *to);
        }
    }
    let mut rows: Vec<Vec<char>> =
        (0..HEIGHT).map(|row| (0..WIDTH).map(|column| cell(&dots, row, column)).collect()).collect();
    let mut outside = Vec::new();
    for point in points {
        match place(point) {
            Some((column, row)) => mark(&mut rows[row / 4], column / 2, &point.label),
            None => {
                outside
                    .push(format!("  ● {} ({:.2}, {:.2})\n", point.label, point.latitude, point.longitude));
            }
        }
    }
    let lines = rows.into_iter().map(|row| row.into_iter().collect::<String>().trim_end().to_owned() + "\n");
    lines.chain(outside).collect()
}

fn mark(row: &mut Vec<char>, column: usize, label: &str) {
    let text: Vec<char> = format!("● {label}").chars().collect();
    // A label goes to the left where another stands on the right.
    let taken = row.iter().skip(column).any(|c| c.is_alphanumeric());
    let start = if taken { column.saturating_sub(text.len() + 1) } else { column };
    if row.len() < start + text.len() {
        row.resize(start + text.len(), ' ');
    }
    row[start..start + text.len()].copy_from_slice(&text);
}

fn trace(dots: &mut [[bool; WIDTH * 2]], from: (f64, f64), to: (f64, f64)) {
    const STEPS: i32 = 64;
    for step in 0..=STEPS {
        let part = f64::from(step) / f64::from(STEPS);
        let between = |a: f64, b: f64| a + (b - a) * part;
        if let Some((x, y)) = dot(between(from.0, to.0), between(from.1, to.1)) {
            dots[y][x] = true;
        }
    }
}

fn place(point: &Point) -> Option<(usize, usize)> {
    dot(point.longitude, point.latitude)
}

/// Column and row of the dot at a place on the map.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
fn dot(longitude: f64, latitude: f64) -> Option<(usize, usize)> {
    let x = (longitude - WEST) / (EAST - WEST) * (WIDTH * 2) as f64;
    let y = (NORTH - latitude) / (NORTH - SOUTH) * (HEIGHT * 4) as f64;
    let inside = x >= 0.0 && y >= 0.0 && x < (WIDTH * 2) as f64 && y < (HEIGHT * 4) as f64;
    inside.then_some((x as usize, y as usize))
}

/// The Braille character of two dots by four (Unicode block U+2800).
fn cell(dots: &[[bool; WIDTH * 2]], row: usize, column: usize) -> char {
    const BITS: [(usize, usize, u32); 8] = [
        (0, 0, 0x01),
        (0, 1, 0x02),
        (0, 2, 0x04),
        (1, 0, 0x08),
        (1, 1, 0x10),
        (1, 2, 0x20),
        (0, 3, 0x40),
        (1, 3, 0x80),
    ];
    let bits: u32 =
        BITS.iter().filter(|(x, y, _)| dots[row * 4 + y][column * 2 + x]).map(|(.., bit)| bit).sum();
    if bits == 0 { ' ' } else { char::from_u32(0x2800 + bits).unwrap_or(' ') }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(latitude: f64, longitude: f64, label: &str) -> Point {
        Point { latitude, longitude, label: label.into() }
    }

    #[test]
    fn places_stand_north_above_south_and_elsewhere_below() {
        let map = draw(&[
            point(50.6901, 3.1613, "rbx1 Roubaix"),
            point(46.307, 4.829, "mac1 Mâcon"),
            point(1.35, 103.8, "sgp1 Singapour"),
        ]);
        let line = |label: &str| map.lines().position(|line| line.contains(label)).unwrap();
        assert!(line("Roubaix") < line("Mâcon") && line("Mâcon") < line("Singapour"), "\n{map}");
        assert!(map.lines().count() == HEIGHT + 1 && map.contains("(1.35, 103.80)"), "\n{map}");
        assert!(draw(&[]).is_empty());
    }

    #[test]
    fn two_in_one_row_are_both_readable() {
        let map = draw(&[point(48.86, 2.35, "par1 Paris"), point(48.86, 1.0, "dre1 Dreux")]);
        assert!(map.contains("par1 Paris") && map.contains("dre1 Dreux"), "\n{map}");
    }
}
