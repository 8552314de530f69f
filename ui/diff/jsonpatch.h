#pragma once

#include "compare/change.h"

#include <QByteArray>

namespace Orgtrace::Ui {

/// RFC 6902 JSON Patch of an entity's change, as canonical text: what leads from the old text to the new one, each old value guarded by a `test`, so that
/// applied to anything else it fails and changes nothing.
///
/// Made from the fields; where those alone do not lead there (an array in another order, type-only differences), the whole value is replaced, which
/// always does. Removals go first and from the back, additions from the front, so that every index is true when its turn comes.
/// An empty old text gives one `add` at "", an empty new one one `remove` at "". Empty where a text is no JSON. Pure.
[[nodiscard]] QByteArray jsonPatch(const QList<Compare::FieldChange> &fields, const QByteArray &oldText, const QByteArray &newText);

/// Applies a patch of the operations test, add, remove and replace to a text; nullopt where it does not apply. Pure; used to prove a patch.
[[nodiscard]] std::optional<QByteArray> applyJsonPatch(const QByteArray &text, const QByteArray &patch);

} // namespace Orgtrace::Ui
