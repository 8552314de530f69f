#pragma once

#include "sandbox/http.h"
#include "sandbox/pagebend.h"
#include "sandbox/sandbox.h"

#include <optional>
#include <vector>

namespace Orgtrace::Sandbox {

/// What one request meets: at most one failure, and any number of things that are wrong with its page.
struct Mishap {
    std::optional<Server::Fault> failure;
    PageBend bend;
};

/// Scripted failures: which request meets which.
class Faults
{
public:
    void add(const Server::Fault &fault) { m_faults.push_back({fault, 0}); }
    void clear() { m_faults.clear(); }
    /// Faults whose path is a prefix of the request's (with its query where the fault's path has one) and whose kind can meet it: each counts it, whether
    /// it is its turn or not; of the failures whose turn it is the first one wins.
    [[nodiscard]] Mishap take(const Request &request);

private:
    struct Counted {
        Server::Fault fault;
        qint64 seen = 0;
    };
    std::vector<Counted> m_faults;
};

/// Reads [[fault]] tables (docs/formats/faults.md). Errors: BadInput, where = "<file>:<line>", detail with the cure.
[[nodiscard]] Result<QList<Server::Fault>> readFaults(const QByteArray &toml, const QString &fileName);
/// Errors: BadInput: neither a status nor a behaviour that exists, or both, or a key that its behaviour has no use for.
[[nodiscard]] Result<void> checkFault(const Server::Fault &fault);

} // namespace Orgtrace::Sandbox
