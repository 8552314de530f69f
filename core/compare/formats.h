#pragma once

#include "catalogue/catalogue.h"

#include <QByteArray>
#include <QString>

namespace Orgtrace::Compare {

/// Unified diff, three lines of context, as patch(1) reads it. Empty where the texts are equal. Never cuts lines.
[[nodiscard]] QByteArray unifiedDiff(const QByteArray &oldText, const QByteArray &newText, const QString &oldName, const QString &newName);

/// Rules for two files nobody declared: nothing dropped; arrays of objects matched by "id"; the order of arrays means nothing.
[[nodiscard]] Catalogue::DomainRules fileRules();

} // namespace Orgtrace::Compare
