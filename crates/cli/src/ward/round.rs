//! A round of the ward: whom to examine, and one file for all of it.

use std::io;

use mailmedic::endpoint::Place;
use mailmedic::name::Host;
use mailmedic::observation::{Examination, Observation, TargetKind};
use mailmedic::reach::ConnectTo;
use mailmedic::target::Target;

use super::{Patient, Ward, WardEndpoint};

impl Ward {
    /// Returns every server as a target: the name and port that it stands for.
    ///
    /// # Errors
    /// When a server's name is none, which no ward has.
    pub(crate) fn targets(&self) -> io::Result<Vec<(String, Target)>> {
        self.endpoints
            .iter()
            .map(|endpoint| {
                let &WardEndpoint { patient: &Patient { port, .. }, protocol, security, .. } = endpoint;
                let target = Target::Endpoint { host: host(endpoint)?, port, protocol, security };
                Ok((format!("{}:{port}", endpoint.patient.host), target))
            })
            .collect()
    }

    /// Returns where the servers really are.
    ///
    /// # Errors
    /// The same as [`Ward::targets`].
    pub(crate) fn routes(&self) -> io::Result<Vec<ConnectTo>> {
        self.endpoints
            .iter()
            .map(|endpoint| {
                Ok(ConnectTo {
                    host: Some(host(endpoint)?),
                    port: Some(endpoint.patient.port),
                    address: Some(endpoint.address.ip()),
                    to_port: Some(endpoint.address.port()),
                })
            })
            .collect()
    }
}

fn host(endpoint: &WardEndpoint) -> io::Result<Host> {
    Host::new(endpoint.patient.host).map_err(io::Error::other)
}

/// Makes one file of all that was seen in the ward, as of one organisation's servers on their standard ports.
///
/// One report of a dozen servers is read; a dozen reports of one server are not. And the ports where the
/// ward listens are gone when the report is read, so its commands are to show the ports that they stand for.
pub(crate) fn as_one(mut observation: Observation) -> Observation {
    let mut files = std::mem::take(&mut observation.targets).into_iter();
    let Some(first) = files.next() else { return observation };
    let mut one = Examination { input: NAME.to_owned(), kind: TargetKind::Host, host: None, ..first };
    for file in files {
        one.dns.extend(file.dns);
        one.fetches.extend(file.fetches);
        one.statuses.extend(file.statuses);
        one.endpoints.extend(file.endpoints);
        one.certificates.extend(file.certificates);
        one.interrupted |= file.interrupted;
        // They were examined side by side.
        one.millis = one.millis.max(file.millis);
    }
    for seen in &mut one.endpoints {
        if let Place::Tcp(address) = &mut seen.endpoint.place {
            address.set_port(seen.endpoint.port);
        }
    }
    observation.targets = vec![one];
    observation
}

/// The domain of all the ward's hosts (RFC 6761 §6.2: no DNS knows it).
pub(crate) const NAME: &str = "ward.test";

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use jiff::Timestamp;
    use mailmedic::endpoint::{Endpoint, Place, Source};
    use mailmedic::name::Host;
    use mailmedic::observation::{
        Depth, EndpointObservation, Examination, Observation, SCHEMA, Settings, TargetKind, Trust,
    };

    use super::{ConnectTo, NAME, Target, Ward, as_one};

    fn file(port: u16, millis: u64) -> Examination {
        let host = Host::new("sick.ward.test").unwrap();
        let (protocol, security) = Endpoint::well_known(port).unwrap();
        let endpoint = Endpoint {
            host: host.clone(),
            port,
            place: Place::Tcp(SocketAddr::from(([127, 0, 0, 1], 40_000 + port))),
            protocol,
            security,
            role: Endpoint::role_of(protocol),
            sources: vec![Source::Named],
        };
        Examination {
            input: format!("sick.ward.test:{port}"),
            kind: TargetKind::Endpoint,
            host: Some(host),
            depth: Depth::Standard,
            look: Default::default(),
            dns: Vec::new(),
            domain: None,
            fetches: Vec::new(),
            statuses: Vec::new(),
            endpoints: vec![EndpointObservation::new(endpoint)],
            certificates: [].into(),
            trust: Trust::default(),
            interrupted: millis > 1,
            millis,
        }
    }

    fn observation(targets: Vec<Examination>) -> Observation {
        Observation {
            schema: SCHEMA.to_owned(),
            version: mailmedic::VERSION.to_owned(),
            taken: Timestamp::UNIX_EPOCH,
            settings: Settings {
                depth: Depth::Quick,
                ehlo: String::new(),
                offline: true,
                timeout_ms: 1,
                again: Vec::new(),
            },
            targets,
            documents: [].into(),
        }
    }

    #[test]
    fn many_files_become_one() {
        let one = as_one(observation(vec![file(25, 1), file(993, 7), file(110, 3)]));
        let [file] = &one.targets[..] else { panic!("{} files", one.targets.len()) };
        let ids: Vec<String> = file.endpoints.iter().map(|seen| seen.id().0).collect();
        let expected = ["25/smtp+starttls", "993/imap+implicit", "110/pop3+starttls"]
            .map(|end| format!("sick.ward.test:{end}@127.0.0.1"));
        assert_eq!(ids, expected);
        for seen in &file.endpoints {
            let place = SocketAddr::from(([127, 0, 0, 1], seen.endpoint.port));
            assert_eq!(seen.endpoint.place, Place::Tcp(place));
        }
        assert_eq!((file.input.as_str(), file.millis, file.interrupted), (NAME, 7, true));
    }

    #[test]
    fn no_file_stays_no_file() {
        assert_eq!(as_one(observation(Vec::new())).targets, []);
    }

    #[tokio::test]
    async fn every_server_is_a_target_with_a_route() {
        let ward = Ward::start(Timestamp::now()).await.unwrap();
        let routes = ward.routes().unwrap();
        for ((input, target), endpoint) in ward.targets().unwrap().iter().zip(&ward.endpoints) {
            let patient = endpoint.patient;
            assert!(patient.host.ends_with(&format!(".{NAME}")), "{input}");
            // The words mean the same on the command line.
            assert_eq!(Target::parse(input, false, None).as_ref(), Ok(target));
            let found = ConnectTo::find(&routes, &Host::new(patient.host).unwrap(), patient.port);
            assert_eq!(found, (Some(endpoint.address.ip()), endpoint.address.port()));
        }
    }
}
