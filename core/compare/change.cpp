#include "compare/change.h"

namespace Orgtrace::Compare {

QString changeKindName(ChangeKind kind)
{
    switch (kind) {
    case ChangeKind::Added: return QStringLiteral("added");
    case ChangeKind::Removed: return QStringLiteral("removed");
    case ChangeKind::Modified: break;
    }
    return QStringLiteral("modified");
}

QString fieldKindName(FieldKind kind)
{
    switch (kind) {
    case FieldKind::Added: return QStringLiteral("added");
    case FieldKind::Removed: return QStringLiteral("removed");
    case FieldKind::Type: return QStringLiteral("type");
    case FieldKind::Moved: return QStringLiteral("moved");
    case FieldKind::Modified: break;
    }
    return QStringLiteral("modified");
}

QString reasonName(Reason reason)
{
    switch (reason) {
    case Reason::Signals: return QStringLiteral("signals-only");
    case Reason::Type: return QStringLiteral("type-only");
    case Reason::Labels: return QStringLiteral("labels");
    case Reason::Order: return QStringLiteral("order");
    case Reason::Rules: break;
    }
    return QStringLiteral("rules");
}

} // namespace Orgtrace::Compare
