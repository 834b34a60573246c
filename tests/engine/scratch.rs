use crate::support::*;
use multi_throttler::*;
#[test]
fn scratch() {
    let j = 0.625;
    let mut e = engine([
        rule("a", TokenBucket::new(15.0, 15.0 / 8.0).unwrap().with_jitter(j).unwrap()),
        rule("b", FirstRequestWindow::new(29.0, 327.5, j).unwrap()),
        rule("c", FirstRequestWindow::new(5.0, 310.125, j).unwrap()),
    ]);
    let mut refunds: Vec<(f64, Ticket)> = vec![];
    let mut names = std::collections::HashMap::new();
    let reqs: [(&str, &[(&str, f64)], Priority, bool); 6] = [
        ("e1", &[("c", 2.0)], Priority::Critical, false),
        ("e2", &[("b", 13.0), ("c", 4.0)], Priority::Normal, false),
        ("e3", &[("c", 5.0)], Priority::Critical, false),
        ("e5", &[("b", 28.0)], Priority::Normal, false),
        ("e6", &[("a", 13.0), ("b", 4.0), ("c", 3.0)], Priority::Critical, true),
        ("e7", &[("a", 1.0), ("b", 2.0)], Priority::Critical, true),
    ];
    for (name, c, priority, refund) in reqs {
        let c = costs(&mut e, c);
        let s = e.submit(&c, Options { priority, permit: true, ..Options::default() }, 0.0).unwrap();
        println!("{name} {s:?}");
        match s {
            Submission::Held(t) => {
                if refund {
                    refunds.push((0.5, t))
                }
            }
            Submission::Waiting(t) => {
                names.insert(t, (name, refund));
            }
            _ => (),
        }
        println!("  {:?}", poll_all(&mut e, 0.0));
    }
    loop {
        let r = refunds.iter().map(|r| r.0).fold(f64::INFINITY, f64::min);
        let at = r.min(e.due());
        if at == f64::INFINITY {
            break;
        }
        if let Some(p) = refunds.iter().position(|r| r.0 == at) {
            let (_, t) = refunds.remove(p);
            println!("{at} refund {t:?} {}", e.release(t, true, at));
        }
        for (t, o) in poll_all(&mut e, at) {
            let (n, refund) = names[&t];
            println!("{at} {n} {o:?}");
            if refund {
                refunds.push((at + 0.5, t));
            }
        }
    }
}
