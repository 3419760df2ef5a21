// SPDX-License-Identifier: Apache-2.0

import SSHFiles

/// What a host's configuration asks for that only ssh(1) does.
///
/// Every keyword of ssh_config(5) is honoured here, or harmless (it changes nothing of a command
/// without terminal), or a need. One that is not known is a need, too: ssh(1) knows it, or will say
/// what is wrong.
enum SSHConfigurationNeeds {
    /// Keywords that `SSHSettings` reads, or that change nothing here.
    private static let plain: Set = [
        // read
        "hostname", "user", "port", "identitiesonly", "identityagent", "batchmode", "compression",
        "addressfamily", "bindaddress", "connecttimeout", "serveraliveinterval",
        "serveralivecountmax", "userknownhostsfile", "globalknownhostsfile", "hostkeyalias",
        "stricthostkeychecking", "hashknownhosts", "setenv", "ciphers", "macs", "kexalgorithms",
        "hostkeyalgorithms", "pubkeyacceptedalgorithms", "preferredauthentications",
        "pubkeyauthentication", "passwordauthentication", "kbdinteractiveauthentication",
        // harmless
        "canonicaldomains", "canonicalizefallbacklocal", "canonicalizemaxdots",
        "canonicalizepermittedcnames", "casignaturealgorithms", "checkhostip",
        "clearallforwardings", "controlpersist", "enableescapecommandline", "enablesshkeysign",
        "escapechar", "exitonforwardfailure", "fingerprinthash", "forwardx11timeout",
        "forwardx11trusted", "gatewayports", "gssapiclientidentity", "gssapidelegatecredentials",
        "gssapikexalgorithms", "gssapirenewalforcesrekey", "gssapiserveridentity", "gssapitrustdns",
        "hostbasedacceptedalgorithms", "ipqos", "localcommand", "loglevel", "logverbose",
        "numberofpasswordprompts", "permitremoteopen", "proxyusefdpass", "requesttty",
        "securitykeyprovider", "stdinnull", "streamlocalbindmask", "streamlocalbindunlink",
        "syslogfacility", "tcpkeepalive", "tunneldevice", "updatehostkeys", "visualhostkey",
        "xauthlocation",
    ]

    /// Keywords that are a need unless they have one of these values.
    private static let unless: [String: Set<String>] = [
        "addkeystoagent": ["no", "false"], "canonicalizehostname": ["no", "false"],
        "connectionattempts": ["1"], "controlmaster": ["no", "false"], "controlpath": ["none"],
        "forkafterauthentication": ["no"], "forwardagent": ["no"],
        "gssapikeyexchange": ["no"], "hostbasedauthentication": ["no"],
        "knownhostscommand": ["none"], "nohostauthenticationforlocalhost": ["no"],
        "permitlocalcommand": ["no"], "pkcs11provider": ["none"], "proxycommand": ["none"],
        "proxyjump": ["none"], "rekeylimit": ["default"], "remotecommand": ["none"],
        "sessiontype": ["default"], "tunnel": ["no", "false"], "verifyhostkeydns": ["no", "false"],
    ]

    /// The needs of a configuration, as a person is told.
    static func all(of values: HostConfiguration, hasTickets: Bool, hasDisplay: Bool) -> [String] {
        var needs = values.onlyForOpenSSH
        for (keyword, words) in values.values.sorted(by: { $0.key < $1.key }) {
            let value = words.first?.lowercased() ?? ""
            switch keyword {
            // Without a ticket ssh(1) goes on without it, as we do.
            case "gssapiauthentication": if value == "yes", hasTickets { needs.append(keyword) }
            case "forwardx11": if value == "yes", hasDisplay { needs.append(keyword) }
            case let keyword where unless[keyword] != nil:
                if unless[keyword]?.contains(value) != true { needs.append(keyword) }
            case let keyword: if !plain.contains(keyword) { needs.append(keyword) }
            }
        }
        for keyword in ["localforward", "remoteforward", "dynamicforward"]
        where values.lists[keyword]?.isEmpty == false {
            needs.append(keyword)
        }
        return needs
    }
}
