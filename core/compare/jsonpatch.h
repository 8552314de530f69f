#pragma once

#include "compare/change.h"
#include "json/node.h"

#include <QByteArray>

#include <optional>

namespace Orgtrace::Compare {

/// RFC 6902 JSON Patch that turns the old canonical text into the new one exactly; each old value is guarded by a `test`, so that applied to anything else
/// the patch fails and changes nothing. An empty text is "no document": one `add`, or `test` and `remove`, at "". Both empty: no operations. Pure.
///
/// Made from the fields of the change, which match array elements by identity, and played once to prove it; where the fields do not lead there (elements
/// in another order, differences that the rules suppress) or the texts are large, by structure: of arrays the common front and back are kept, the middle
/// is replaced element by element where both have as many, else removed and added. Removals go first and from the back, additions from the front, so
/// that every index is true when its turn comes.
/// Errors: MalformedJson.
[[nodiscard]] Result<Json::Node> jsonPatch(const QList<FieldChange> &fields, const QByteArray &oldText, const QByteArray &newText);

/// Applies a patch of the operations test, add, remove and replace to a text; nullopt where it does not apply. Pure; used to prove a patch.
[[nodiscard]] std::optional<QByteArray> applyJsonPatch(const QByteArray &text, const QByteArray &patch);

} // namespace Orgtrace::Compare
