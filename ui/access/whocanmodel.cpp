#include "access/whocanmodel.h"

#include "diff/displaytext.h"
#include "theme/theme.h"

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

void WhoCanModel::setSubjects(WhoCan subjects)
{
    beginResetModel();
    m_subjects = std::move(subjects);
    endResetModel();
}

int WhoCanModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : count();
}
int WhoCanModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant WhoCanModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= m_subjects.size() || index.column() >= ColumnCount) {
        return {};
    }
    const auto &[subject, paths] = m_subjects[index.row()];
    if (role == SubjectIdRole) {
        return subject.id;
    }
    if (role == Qt::ToolTipRole) {
        QStringList words;
        for (const Access::AccessPath &path : paths) {
            words.append(visibleText(pathInWords(subject, path), 300).toHtmlEscaped());
        }
        return words.join(u"<br>"_s);
    }
    if (role != Qt::DisplayRole || (paths.isEmpty() && index.column() != SubjectColumn)) {
        return {};
    }
    const QString more = paths.size() > 1 ? u"  "_s + tr("+%1 more").arg(countText(paths.size() - 1)) : QString();
    switch (index.column()) {
    case SubjectColumn:
        return QString(visibleText(subject.name.isEmpty() ? shortId(subject.id) : subject.name, 80) + u" · "_s
                       + subjectKindText(subject.kind));
    case ThroughColumn: {
        const Access::AccessPath &path = paths.first();
        const QString roleName = path.roleName.isEmpty() ? shortId(path.roleId) : path.roleName;
        const QString through = path.containerId.isEmpty()
            ? tr("direct")
            : subjectKindText(path.via) + u' ' + (path.containerName.isEmpty() ? shortId(path.containerId) : path.containerName);
        return QString(visibleText(through + u" · "_s + roleName, 120)
                       + (path.conditional ? QString(u" · "_s + tr("conditional")) : QString()) + more);
    }
    case DivisionColumn: return visibleText(divisionText(paths.first()), 60);
    default: return {};
    }
}

QVariant WhoCanModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
    case SubjectColumn: return tr("Subject");
    case ThroughColumn: return tr("Through");
    case DivisionColumn: return tr("Where");
    default: return {};
    }
}

} // namespace Orgtrace::Ui
