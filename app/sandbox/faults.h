#pragma once

#include "sandbox/http.h"
#include "sandbox/sandbox.h"

#include <optional>

namespace Orgtrace::Sandbox {

/// Scripted failures: which request meets which.
class Faults
{
public:
    void add(const Server::Fault &fault) { m_faults.append(fault); }
    void clear() { m_faults.clear(); }
    /// The first fault whose path is a prefix of the request's (with its query where the fault's path has one), counting it.
    [[nodiscard]] std::optional<Server::Fault> take(const QByteArray &path, const QByteArray &query);

private:
    QList<Server::Fault> m_faults;
};

/// Reads [[fault]] tables: path, status, behaviour, body, skip, count, retry_after. Errors: BadInput, where = "<file>:<line>".
[[nodiscard]] Result<QList<Server::Fault>> readFaults(const QByteArray &toml, const QString &fileName);
/// Errors: BadInput: neither a status nor a behaviour that exists, or both.
[[nodiscard]] Result<void> checkFault(const Server::Fault &fault);

} // namespace Orgtrace::Sandbox
