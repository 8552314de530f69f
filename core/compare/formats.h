#pragma once

#include "catalogue/catalogue.h"
#include "json/node.h"

#include <QByteArray>
#include <QString>

namespace Orgtrace::Compare {

/// RFC 6902 operations that turn the old canonical text into the new one exactly. An empty text is "no document": one add or remove at "".
/// Arrays: common front and back are kept, the middle is replaced element by element where both have as many, else removed and added.
/// Errors: MalformedJson.
[[nodiscard]] Result<Json::Node> jsonPatch(const QByteArray &oldText, const QByteArray &newText);

/// Unified diff, three lines of context, as patch(1) reads it. Empty where the texts are equal. Never cuts lines.
[[nodiscard]] QByteArray unifiedDiff(const QByteArray &oldText, const QByteArray &newText, const QString &oldName, const QString &newName);

/// Rules for two files nobody declared: nothing dropped; arrays of objects matched by "id" where every element has one.
[[nodiscard]] Catalogue::DomainRules fileRules();

} // namespace Orgtrace::Compare
