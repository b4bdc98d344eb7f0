//! A shared array: cells of one type; each operation, of the whole array too, is atomic.
use super::cell::{admit, sum};
use crate::graph::ScalarType;
use crate::value::{Fault, Value};
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Array {
    scalar: ScalarType,
    cells: Arc<Vec<Value>>,
}

impl Array {
    /// `cells` are of the type already.
    pub fn new(scalar: ScalarType, cells: Vec<Value>) -> Self {
        Array { scalar, cells: Arc::new(cells) }
    }

    /// The whole array as a list.
    pub fn read(&self) -> Value {
        Value::List(self.cells.clone())
    }

    pub fn read_cell(&self, index: i64) -> Result<Value, Fault> {
        Ok(self.cells[self.place(index)?].clone())
    }

    pub fn write_cell(&mut self, index: i64, value: &Value) -> Result<(), Fault> {
        let place = self.place(index)?;
        let value = admit(self.scalar, value)?;
        Arc::make_mut(&mut self.cells)[place] = value;
        Ok(())
    }

    /// All cells at once, from a list of the same length.
    pub fn write(&mut self, value: &Value) -> Result<(), Fault> {
        let Value::List(list) = value else {
            return Err(Fault::value("the whole of the array takes a list"));
        };
        if list.len() != self.cells.len() {
            return Err(Fault::value("the list is not as long as the array"));
        }
        let cells: Result<Vec<Value>, Fault> = list.iter().map(|value| admit(self.scalar, value)).collect();
        self.cells = Arc::new(cells?);
        Ok(())
    }

    /// The cell's new value.
    pub fn add(&mut self, index: i64, by: &Value) -> Result<Value, Fault> {
        let place = self.place(index)?;
        let value = sum(self.scalar, &self.cells[place], by)?;
        Arc::make_mut(&mut self.cells)[place] = value.clone();
        Ok(value)
    }

    pub fn cells(&self) -> &[Value] {
        &self.cells
    }

    /// Negative indices count from the end.
    pub fn place(&self, index: i64) -> Result<usize, Fault> {
        let from_the_end = if index < 0 { self.cells.len() as i64 } else { 0 };
        usize::try_from(index + from_the_end)
            .ok()
            .filter(|place| *place < self.cells.len())
            .ok_or_else(|| Fault::index(format!("the array has {} cells, and no cell {index}", self.cells.len())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_and_the_whole_are_read_and_written_and_a_wrong_list_changes_nothing() {
        let mut array = Array::new(ScalarType::I8, vec![Value::Int(1), Value::Int(2)]);
        array.write_cell(1, &Value::Int(7)).unwrap();
        assert_eq!(array.add(0, &Value::Int(4)), Ok(Value::Int(5)));
        let wrong = Value::list(vec![Value::Int(0), Value::Int(300)]);
        assert_eq!(array.write(&wrong).unwrap_err().kind, Fault::VALUE);
        assert_eq!(array.read(), Value::list(vec![Value::Int(5), Value::Int(7)]));
        assert_eq!(array.read_cell(-1), Ok(Value::Int(7)));
        assert_eq!(array.read_cell(-3).unwrap_err().kind, Fault::INDEX);
        assert_eq!(array.read_cell(2).unwrap_err().kind, Fault::INDEX);
    }
}
