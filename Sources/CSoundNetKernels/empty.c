typedef int being_built;
