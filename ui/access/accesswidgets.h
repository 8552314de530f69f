#pragma once

#include "access/outline.h"

#include <QStringList>
#include <QThreadPool>

#include <memory>

class QComboBox;
class QLabel;
class QTableView;
class QWidget;

namespace Orgtrace::Ui {

/// Small parts that the sides of the access view share.
[[nodiscard]] QLabel *headingLabel(QWidget *parent);
[[nodiscard]] QLabel *caveatLabel(QWidget *parent); ///< amber, hidden; filled by setCaveats()
/// The first few as lines, the rest in the tool tip; hidden where there are none.
void setCaveats(QLabel *label, const QStringList &caveats);
[[nodiscard]] QLabel *emptyLabel(QWidget *parent);
[[nodiscard]] QWidget *accessHairline(QWidget *parent);
[[nodiscard]] QTableView *plainTable(QWidget *parent);
[[nodiscard]] QComboBox *divisionBox(QWidget *parent); ///< "any division"; the data of an entry is the division's id
void fillDivisions(QComboBox *box, const QList<Access::Division> &divisions); ///< keeps what is chosen, where still there; no signal
[[nodiscard]] QString highRiskTip();

/// Lets what may be the last reference to something large go on a worker: destroying it would cost the window a frame.
template<typename T> void letGo(std::shared_ptr<T> value)
{
    if (value) {
        QThreadPool::globalInstance()->start([value = std::move(value)]() mutable { value.reset(); });
    }
}

} // namespace Orgtrace::Ui
