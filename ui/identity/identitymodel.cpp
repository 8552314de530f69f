#include "identity/identitymodel.h"

#include "capture/capturemodel.h"
#include "capture/capturewords.h"
#include "diff/displaytext.h"
#include "theme/theme.h"

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;
using Operations::Workspace;

IdentityModel::IdentityModel(QObject *parent) : QAbstractTableModel(parent) { }

void IdentityModel::setCheck(const Workspace::Check &check)
{
    constexpr qsizetype some = 2, all = 200;
    beginResetModel();
    m_rows.clear();
    for (const Workspace::DomainCheck &one : check.domains) {
        Row row;
        row.title = visibleText(one.title.isEmpty() ? one.domain : one.title, 80);
        row.group = visibleText(one.group, 60);
        row.permission = visibleText(one.permissionsAny.isEmpty() ? QString()
                                         : one.allowed            ? one.through
                                                                  : one.permissionsAny.join(tr(" or ")),
                                     160);
        DomainFate fate = DomainFate::Whole;
        if (one.permissionsAny.isEmpty()) {
            row.held = tr("needs no permission");
        } else if (!one.allowed) {
            fate = DomainFate::Forbidden;
            row.held = tr("cannot be read");
        } else if (one.isShortened) {
            fate = DomainFate::Carried;
            const qsizetype at = check.partialDivisions.indexOf(one.through);
            row.held = at < 0 ? tr("not in every division") : partialText(check.partial.at(at), some);
            row.heldInFull = at < 0 ? QString() : partialText(check.partial.at(at), all);
        } else if (one.missesNewDivisions) {
            row.held = tr("in each division there is: new divisions will not be seen");
        } else {
            row.held = tr("in all divisions");
        }
        if (one.writePermission) {
            row.permission = tr("%1 · the only one; also writes").arg(row.permission);
        }
        row.fate = static_cast<int>(fate);
        m_rows.append(row);
    }
    m_rows.append({tr("Audit trail"),
                   tr("Audit"),
                   check.canReadAudit ? tr("yes") : tr("cannot be read: nobody can say who"),
                   {},
                   u"audits:audit:view"_s,
                   static_cast<int>(check.canReadAudit ? DomainFate::Whole : DomainFate::Forbidden)});
    endResetModel();
}

int IdentityModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int IdentityModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant IdentityModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) {
        return {};
    }
    const Row &row = m_rows.at(index.row());
    switch (role) {
    case Qt::DisplayRole:
        switch (index.column()) {
        case DomainColumn: return row.title;
        case GroupColumn: return row.group;
        case HeldColumn: return row.held;
        case PermissionColumn: return row.permission;
        default: return {};
        }
    case Qt::TextAlignmentRole: return static_cast<int>(Qt::AlignLeft) | static_cast<int>(Qt::AlignVCenter);
    case Qt::ToolTipRole:
        return QString(row.permission.toHtmlEscaped()
                       + (row.heldInFull.isEmpty() ? QString() : QString(u"<br>"_s + row.heldInFull.toHtmlEscaped())));
    case Qt::AccessibleTextRole:
        return index.column() == DomainColumn ? QString(row.title + u", "_s + row.held + u", "_s + row.permission)
                                              : data(index, Qt::DisplayRole);
    case CaptureModel::FateRole: return row.fate;
    default: return {};
    }
}

QVariant IdentityModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        return static_cast<int>(Qt::AlignLeft) | static_cast<int>(Qt::AlignVCenter);
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
    case DomainColumn: return tr("Domain");
    case GroupColumn: return tr("Area");
    case HeldColumn: return tr("Seen");
    case PermissionColumn: return tr("Permission");
    default: return {};
    }
}

QString identityVerdict(const Workspace::Check &check)
{
    int refused = 0, shortened = 0;
    for (const Workspace::DomainCheck &row : check.domains) {
        refused += !row.allowed;
        shortened += row.allowed && row.isShortened;
    }
    const qsizetype total = check.domains.size();
    if (refused == 0 && shortened == 0) {
        return IdentityModel::tr("Sees all %1 domains whole.").arg(countText(total));
    }
    QStringList parts{IdentityModel::tr("Sees %1 of %2 domains whole").arg(countText(total - refused - shortened), countText(total))};
    if (shortened > 0) {
        parts.append(counted(shortened, IdentityModel::tr("the list of 1 may be shorter than the truth, without any error"),
                             IdentityModel::tr("the lists of %1 may be shorter than the truth, without any error")));
    }
    if (refused > 0) {
        parts.append(counted(refused, IdentityModel::tr("1 cannot be read"), IdentityModel::tr("%1 cannot be read")));
    }
    return parts.join(u"; "_s) + u'.';
}

} // namespace Orgtrace::Ui
