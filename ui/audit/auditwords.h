#pragma once

#include "audit/event.h"

#include <QHash>

namespace Orgtrace::Ui {

/// One event as a sentence: "admin-04 granted …" is not ours to claim; this says actor, action and entity as the log has them. Pure.
[[nodiscard]] QString eventSentence(const Audit::Event &event, const QHash<QString, QString> &names);
[[nodiscard]] QString actorText(const Audit::Event &event, const QHash<QString, QString> &names); ///< name, else short id; "unknown actor"
[[nodiscard]] QString entityText(const Audit::Event &event, const QHash<QString, QString> &names);
[[nodiscard]] QString originText(const Audit::Event &event); ///< "203.0.113.44, 10.0.0.7"; empty
/// "MemberAdd" → "member add": the platform's own word, readable.
[[nodiscard]] QString actionText(const QString &action);
/// The event's line as indented JSON, at most `maxBytes` of it; the line itself where it does not parse.
[[nodiscard]] QString prettyEvent(const QByteArray &line, qsizetype maxBytes = 400'000);

} // namespace Orgtrace::Ui
