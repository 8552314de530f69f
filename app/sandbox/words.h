#pragma once

#include <QString>
#include <QStringList>

namespace Orgtrace::Sandbox {

/// Invented, neutral words: nobody's data. Lists never change order, as ids and names hang on it.
namespace Words {
[[nodiscard]] const QStringList &firstNames();
[[nodiscard]] const QStringList &lastNames();
[[nodiscard]] const QStringList &departments();
[[nodiscard]] const QStringList &titles();
[[nodiscard]] const QStringList &skills();
[[nodiscard]] const QStringList &queueTopics();
[[nodiscard]] const QStringList &wrapUps();
[[nodiscard]] const QStringList &languages();
[[nodiscard]] const QStringList &sites();
} // namespace Words

/// "Rowan Vale" → "rowan.vale@northwind.example".
[[nodiscard]] QString mailAddress(const QString &name);

/// The name of the user with that index: leaders first, then contractors, then staff ("agent-0214" or an invented name).
[[nodiscard]] QString userName(int index);
inline constexpr int leaders = 12, contractorCount = 24; ///< indices 0 … 11 admins and supervisors, then contractor-01 …

} // namespace Orgtrace::Sandbox
