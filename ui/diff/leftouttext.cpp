#include "diff/leftouttext.h"

#include "diff/displaytext.h"
#include "theme/theme.h"

#include <QCoreApplication>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype NamedAtMost = 6;
constexpr qsizetype ValueLength = 60;

class LeftOutWords
{
    Q_DECLARE_TR_FUNCTIONS(Orgtrace::Ui::LeftOutWords)
};

QString headOf(Compare::Reason reason)
{
    switch (reason) {
    case Compare::Reason::Signals: return LeftOutWords::tr("Somebody saved it");
    case Compare::Reason::Type: return LeftOutWords::tr("Other type, same value");
    case Compare::Reason::Labels: return LeftOutWords::tr("The name of another entity");
    case Compare::Reason::Order: return LeftOutWords::tr("An order that means nothing");
    case Compare::Reason::Rules: return LeftOutWords::tr("Counts under one catalogue only");
    }
    return {};
}

QString described(const Compare::SuppressedField &one)
{
    const auto value = [](const std::optional<QByteArray> &text) {
        return text ? visibleText(QString::fromUtf8(text->left(4 * ValueLength)), ValueLength) : LeftOutWords::tr("nothing");
    };
    const QString path = visibleText(one.field.path.startsWith(u'/') ? one.field.path.sliced(1) : one.field.path, 120);
    if (one.field.kind == Compare::FieldKind::Moved) {
        return LeftOutWords::tr("%1 stood at %2").arg(path, visibleText(one.field.movedFrom, 120));
    }
    return u"%1 %2 → %3"_s.arg(path, value(one.field.oldText), value(one.field.newText));
}

} // namespace

QString leftOutText(const QList<Compare::SuppressedField> &fields)
{
    QStringList sentences;
    for (const Compare::Reason reason :
         {Compare::Reason::Signals, Compare::Reason::Type, Compare::Reason::Labels, Compare::Reason::Order, Compare::Reason::Rules}) {
        QStringList named;
        qsizetype count = 0;
        for (const Compare::SuppressedField &one : fields) {
            if (one.reason == reason && ++count <= NamedAtMost) {
                named.append(described(one));
            }
        }
        if (count > named.size()) {
            named.append(LeftOutWords::tr("and %1 more").arg(countText(count - named.size())));
        }
        if (count > 0) {
            sentences.append(LeftOutWords::tr("Left out · %1: %2").arg(headOf(reason), named.join(u"; "_s)));
        }
    }
    return sentences.join(u'\n');
}

} // namespace Orgtrace::Ui
