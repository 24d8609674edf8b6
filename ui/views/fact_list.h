// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/inspection.h"

#include <QWidget>

class QGridLayout;
class QLabel;

namespace swb::ui {

class FactValue;

/// Names and values in two columns, with a heading. Labels are kept and changed in place, so that
/// it may be shown anew ten times a second.
class FactList : public QWidget {
    Q_OBJECT
public:
    explicit FactList(const QString& heading, QWidget* parent = nullptr);
    void show(const QList<Fact>& facts);

private:
    struct Row {
        QLabel* name;
        FactValue* value;
    };
    QGridLayout* m_grid;
    QList<Row> m_rows;
};

} // namespace swb::ui
