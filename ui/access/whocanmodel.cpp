#include "access/whocanmodel.h"

#include "diff/displaytext.h"
#include "theme/theme.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

void WhoCanModel::setSubjects(WhoCan subjects)
{
    beginResetModel();
    m_subjects = std::move(subjects);
    m_answers.clear();
    endResetModel();
}

WhoCanRows whoCanRows(const QList<Access::Holder> &holders)
{
    WhoCanRows rows;
    rows.subjects.reserve(holders.size());
    for (const Access::Holder &holder : holders) {
        QList<Access::AccessPath> paths = holder.permissions.isEmpty() ? QList<Access::AccessPath>() : holder.permissions.first().paths;
        for (const auto some = holder.permissions.mid(1, 20); const Access::EffectivePermission &permission : some) {
            paths += permission.paths; // a pattern: what follows is more than anyone reads
        }
        rows.subjects.append({holder.subject, paths});
        rows.answers.append(holder.answer);
        rows.perhaps += holder.answer == Access::Verdict::Answer::Yes ? 0 : 1;
    }
    return rows;
}

void WhoCanModel::setHolders(WhoCanRows rows)
{
    beginResetModel();
    m_subjects = std::move(rows.subjects);
    m_answers = std::move(rows.answers);
    endResetModel();
}

const QList<Access::AccessPath> *WhoCanModel::paths(int row) const
{
    return row >= 0 && row < m_subjects.size() ? &m_subjects[row].second : nullptr;
}

QString perhapsText(Access::Verdict::Answer answer)
{
    using Answer = Access::Verdict::Answer;
    switch (answer) {
    case Answer::Conditional: return WhoCanModel::tr("under a condition");
    case Answer::NotSeen: return WhoCanModel::tr("perhaps: a grant names no division");
    case Answer::No: return WhoCanModel::tr("denied by an access policy");
    case Answer::Yes: break;
    }
    return {};
}

int WhoCanModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : count();
}
int WhoCanModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : m_answers.isEmpty() ? int(AnswerColumn) : int(ColumnCount);
}

QVariant WhoCanModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= m_subjects.size() || index.column() >= columnCount()) {
        return {};
    }
    const auto &[subject, paths] = m_subjects[index.row()];
    if (role == SubjectIdRole) {
        return subject.id;
    }
    if (role == Qt::ToolTipRole) {
        QStringList words;
        for (const auto some = paths.first(std::min<qsizetype>(paths.size(), 12)); const Access::AccessPath &path : some) {
            words.append(visibleText(pathInWords(subject, path), 300).toHtmlEscaped());
        }
        return words.join(u"<br>"_s);
    }
    if (role == Qt::DisplayRole && index.column() == AnswerColumn) {
        const QString perhaps = perhapsText(m_answers[index.row()]);
        return perhaps.isEmpty() ? tr("yes") : perhaps;
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
    case AnswerColumn: return tr("Answer");
    default: return {};
    }
}

} // namespace Orgtrace::Ui
